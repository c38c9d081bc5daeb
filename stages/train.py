"""Trains the GAN under params.yaml, in view of MLflow, from the last checkpoint on."""

import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from ganpkg import stage, storage, tracking
from ganpkg.datasets.dataset import open_split, open_table
from ganpkg.params import check_against_data, read_params

PREPARED = Path("data/prepared")
SAMPLES = PREPARED / "train/samples.npy"


def main():
    params = read_params()
    split, table = open_split(PREPARED / "train"), open_table(PREPARED)
    check_against_data(params, len(split.samples), split.classes)
    from ganpkg import backend
    from ganpkg.environment import environment
    from ganpkg.training import loop
    from ganpkg.training.checkpoint import Checkpoints, identity
    from ganpkg.training.training import Training

    what = identity(params.model_dump(), environment())
    checkpoints = Checkpoints(what)
    with checkpoints.locked():
        found = checkpoints.newest()
        run_id = found[1]["run_id"] if found else None
        data_md5 = what["files"][str(SAMPLES)]
        # The run comes first: MLflow draws its name, which the seed must not determine.
        with tracking.training_run(params.model_dump(), data_md5, run_id) as run:
            backend.make_deterministic(params.seed, params.deterministic)
            selection = None
            if params.select == "best_fid":
                classifier = storage.load_model("models/classifier.keras")
                selection = classifier, open_split(PREPARED / "valid")
            training = Training(params, split, table, selection)
            if found:
                training.restore(*found)
            try:
                train(training, params, checkpoints, run)
            finally:
                loop.write_history(training.done.rows, "reports/history.csv")
            storage.write_json("models/environment.json", what["environment"])
            storage.save_model(training.gan.discriminator, "models/discriminator.keras")
            storage.save_model(training.gan.sampler, "models/generator.keras")
            tracking.log_generator(run, training.gan.sampler)
        checkpoints.remove()


def train(training, params, checkpoints, run):
    """Runs the training with a bar, MLflow's metrics and pictures, and checkpoints."""
    from ganpkg import backend
    from ganpkg.training import loop

    done, last = training.done, training.logged[-1]

    def save():
        arrays, facts = training.state()
        checkpoints.save(arrays, {**facts, "run_id": run.run_id})

    def picture():
        run.log_picture(training.picture(), "progress", done.step)

    print(f"{last:,} iterations, engine {params.engine}, on {backend.device()}", flush=True)
    if done.step:
        print(f"going on from the checkpoint at iteration {done.step:,}", flush=True)
        for row in done.rows:  # what is in the store already is not logged again
            run.log_metrics(loop.scores(row), row["step"])
        for step, path in training.progress.files.items():
            run.log_picture(np.array(Image.open(path)), "progress", step)
    else:
        picture()
        save()  # which remembers the run

    with (
        stage.Interruption() as interruption,
        tqdm(total=last, initial=done.step, disable=None) as bar,
    ):

        def between():
            bar.update(done.step - bar.n)
            if interruption.asked:
                save()
                tqdm.write(
                    f"stopped at iteration {done.step:,}; run it again to go on from there",
                    file=sys.stderr,
                )
                interruption.obey()
            if checkpoints.due:
                save()

        since, clock = done.step, time.monotonic()
        for row in training.run(between):
            speed = (done.step - since) * params.batch_size / (time.monotonic() - clock)
            for warning in training.warnings.of(row):
                tqdm.write(f"warning: {warning}", file=sys.stderr)
                run.set_tags({"warning": warning})
            run.log_metrics({**loop.scores(row), "images_per_second": speed}, done.step)
            bar.set_postfix({name: row[name] for name in row if "loss" in name})
            if done.step in training.pictured:
                picture()
            since, clock = done.step, time.monotonic()
    if training.selection:
        chosen, end = training.selection.best, done.rows[-1]
        print(
            f"chosen: iteration {chosen['step']:,}, of FID {chosen['fid_valid']:.2f} on the valid "
            f"split; the last one's is {end['fid_valid']:.2f}"
        )
        run.log_metrics({"chosen_step": chosen["step"]}, done.step)


if __name__ == "__main__":
    stage.run("train", main)
