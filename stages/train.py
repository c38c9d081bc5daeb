"""Trains the GAN under params.yaml, in view of MLflow."""

import time
from pathlib import Path

from tqdm import tqdm

from ganpkg import stage, storage, tracking
from ganpkg.datasets.dataset import open_split
from ganpkg.params import check_batch_size, read_params

TRAIN = Path("data/prepared/train")


def main():
    params = read_params()
    samples = open_split(TRAIN).samples
    check_batch_size(params.batch_size, len(samples))
    with tracking.training_run(params.model_dump(), TRAIN / "samples.npy") as run:
        train(params, samples, run)


def train(params, samples, run):
    from ganpkg import backend
    from ganpkg.sampling import progress
    from ganpkg.training import ENGINES, build_feed, build_gan, loop

    backend.make_deterministic(params.seed)
    gan = build_gan(params, samples.shape[1:])
    engine = ENGINES[params.engine](gan)
    logged = loop.logging_steps(params, len(samples))
    pictured = loop.spread(logged, params.progress_grids)
    rows = []
    began = last = time.monotonic()
    run.log_picture(progress.save(gan.generator, params.seed, step=0), "progress", step=0)
    try:
        with tqdm(total=logged[-1], disable=None, unit="it") as bar:
            for row in loop.train(engine, build_feed(params, samples), logged):
                rows.append(row)
                step, now = row["step"], time.monotonic()
                speed = (step - bar.n) * params.batch_size / (now - last)
                scores = {key: row[key] for key in row if key not in ("step", "epoch")}
                run.log_metrics({**scores, "images_per_second": speed}, step)
                if step in pictured:
                    grid = progress.save(gan.generator, params.seed, step)
                    run.log_picture(grid, "progress", step)
                bar.set_postfix({key: f"{scores[key]:.3f}" for key in scores if "loss" in key})
                bar.update(step - bar.n)
                last = now
    finally:
        loop.write_history(rows, "reports/history.csv")
    storage.save_model(gan.discriminator, "models/discriminator.keras")
    storage.save_model(gan.generator, "models/generator.keras")
    tracking.log_generator(run, gan.generator)
    print(f"{logged[-1]:,} iterations in {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    stage.run("train", main)
