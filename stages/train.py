"""Trains the GAN under params.yaml, in view of MLflow."""

import sys
import time
from pathlib import Path

from tqdm import tqdm

from ganpkg import stage, storage, tracking
from ganpkg.datasets.dataset import open_split, open_table
from ganpkg.params import check_against_data, read_params

PREPARED = Path("data/prepared")
CLASSIFIER = Path("models/classifier.keras")


def main():
    params = read_params()
    split, table = open_split(PREPARED / "train"), open_table(PREPARED)
    check_against_data(params, len(split.samples), split.classes)
    data = PREPARED / "train/samples.npy"
    with tracking.training_run(params.model_dump(), data) as run:
        train(params, split, table, run)


def train(params, split, table, run):
    from ganpkg import backend
    from ganpkg.sampling.pictures import pictures_of
    from ganpkg.sampling.progress import Progress
    from ganpkg.training import build, loop
    from ganpkg.training.gan import scaled
    from ganpkg.training.health import PROBES, Diversity, Warnings
    from ganpkg.training.selection import BestFid

    backend.make_deterministic(params.seed, params.deterministic)
    samples, labels = split
    classes = split.classes if params.conditional else 0
    gan = build.gan(params, samples, classes)
    feed = build.feed(params, samples, labels, classes)
    engine = build.engine(params, gan, feed)
    logged = loop.logging_steps(params, len(samples))
    pictured = loop.spread(logged, params.progress_grids)
    progress = Progress(pictures_of(samples, table, labels, classes), params, classes)
    diversity = Diversity(gan.sampler, progress.points, scaled(samples[:PROBES], gan.dtype))
    warnings = Warnings()
    selection = None
    if params.select == "best_fid":
        judge, valid = storage.load_model(CLASSIFIER), open_split(PREPARED / "valid")
        selection = BestFid(gan, judge, valid, params, classes)
    print(f"{logged[-1]:,} iterations, engine {params.engine}, on {backend.device()}", flush=True)

    def picture(step):
        run.log_picture(progress.save(gan.sampler, step), "progress", step)

    picture(step=0)
    rows, done, clock = [], 0, time.monotonic()
    try:
        with tqdm(total=logged[-1], disable=None) as bar:
            for row in loop.train(engine, feed, logged, distance=gan.objective.critic):
                count, done = row["step"] - done, row["step"]
                speed = count * params.batch_size / (time.monotonic() - clock)
                row["diversity"] = diversity()
                if selection:
                    selection.consider(row)
                rows.append(row)
                for warning in warnings.of(row):
                    tqdm.write(f"warning: {warning}", file=sys.stderr)
                    run.attempt(lambda text=warning: run.set_tags({"warning": text}))
                run.log_metrics({**loop.scores(row), "images_per_second": speed}, done)
                bar.set_postfix({name: row[name] for name in row if "loss" in name})
                bar.update(count)
                if done in pictured:
                    picture(done)
                clock = time.monotonic()
    finally:
        loop.write_history(rows, "reports/history.csv")
    if selection:
        selection.restore()
        chosen, last = selection.best, rows[-1]
        print(
            f"chosen: iteration {chosen['step']:,}, of FID {chosen['fid_valid']:.2f} on the valid "
            f"split; the last one's is {last['fid_valid']:.2f}"
        )
        run.log_metrics({"chosen_step": chosen["step"]}, done)
    storage.save_model(gan.discriminator, "models/discriminator.keras")
    storage.save_model(gan.sampler, "models/generator.keras")
    tracking.log_generator(run, gan.sampler)


if __name__ == "__main__":
    stage.run("train", main)
