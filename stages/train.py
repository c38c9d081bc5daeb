"""Trains the GAN under params.yaml, in view of MLflow."""

import time
from pathlib import Path

from tqdm import tqdm

from ganpkg import stage, storage, tracking
from ganpkg.datasets.dataset import open_split
from ganpkg.params import check_against_data, read_params

TRAIN = Path("data/prepared/train")


def main():
    params = read_params()
    samples = open_split(TRAIN).samples
    check_against_data(params, len(samples))
    with tracking.training_run(params.model_dump(), TRAIN / "samples.npy") as run:
        train(params, samples, run)


def train(params, samples, run):
    from ganpkg import backend, training
    from ganpkg.sampling import progress
    from ganpkg.training import loop

    backend.make_deterministic(params.seed)
    gan, feed = training.build_gan(params, samples), training.build_feed(params, samples)
    engine = training.build_engine(params, gan, feed)
    logged = loop.logging_steps(params, len(samples))
    pictured = loop.spread(logged, params.progress_grids)
    print(f"{logged[-1]:,} iterations, engine {params.engine}, on {backend.device()}", flush=True)

    def picture(step):
        grid = progress.save(gan.sampler, params.seed, params.noise, step)
        run.log_picture(grid, "progress", step)

    picture(step=0)
    rows, done, clock = [], 0, time.monotonic()
    try:
        with tqdm(total=logged[-1], disable=None) as bar:
            for row in loop.train(engine, feed, logged, distance="wasserstein" in params.objective):
                rows.append(row)
                count, done = row["step"] - done, row["step"]
                speed = count * params.batch_size / (time.monotonic() - clock)
                run.log_metrics({**loop.scores(row), "images_per_second": speed}, done)
                bar.set_postfix({name: row[name] for name in row if "loss" in name})
                bar.update(count)
                if done in pictured:
                    picture(done)
                clock = time.monotonic()
    finally:
        loop.write_history(rows, "reports/history.csv")
    storage.save_model(gan.discriminator, "models/discriminator.keras")
    storage.save_model(gan.sampler, "models/generator.keras")
    tracking.log_generator(run, gan.sampler)


if __name__ == "__main__":
    stage.run("train", main)
