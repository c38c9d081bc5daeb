"""A training under watch: with a bar, MLflow's metrics and pictures, warnings and checkpoints."""

import sys

import numpy as np
from tqdm import tqdm

from ganpkg import backend, stage
from ganpkg.training import loop
from ganpkg.training.checkpoint import Checkpoints
from ganpkg.training.training import Training


def train(training: Training, params, checkpoints: Checkpoints, run, draw) -> None:
    """Trains to the end, or to a checkpoint when SIGINT or SIGTERM asks for it.

    Args:
        training: a `Training`, new or restored.
        run: the MLflow run to write to.
        draw: makes a picture of the samples of the fixed latent points.
    """
    done, last = training.done, training.logged[-1]

    def state():
        arrays, facts = training.state()
        return arrays, {**facts, "run_id": run.run_id}

    def picture():
        run.log_picture(draw(training.keep_samples()), "progress", done.step)

    print(f"{last:,} iterations, engine {params.engine}, on {backend.device()}", flush=True)
    if done.step:
        for row in done.rows:  # what is in the store already is not logged again
            run.log_metrics(loop.scores(row), row["step"])
            for warning in training.warnings.of(row):
                run.set_tags({"warning": warning})
        for step, path in training.progress.files.items():
            run.log_picture(draw(np.load(path)), "progress", step)
    else:
        picture()
    checkpoints.save(state)  # which remembers the run

    with (
        stage.Interruption() as interruption,
        tqdm(total=last, initial=done.step, disable=None) as bar,
    ):

        def between():
            bar.update(done.step - bar.n)
            if interruption.asked:
                checkpoints.save(state)
                kept = checkpoints.step
                where = "from the start" if kept is None else f"from iteration {kept:,}"
                tqdm.write(
                    f"stopped at iteration {done.step:,}; run it again to go on {where}",
                    file=sys.stderr,
                )
                interruption.obey()
            if checkpoints.due or done.step == last:
                checkpoints.save(state)

        since = done.step
        for row in training.run(between):
            speed = {}
            if done.seconds:  # none if the checkpoint was just before this row
                images = (done.step - since) * params.batch_size
                speed = {"images_per_second": images / done.seconds}
            for warning in training.warnings.of(row):
                tqdm.write(f"warning: {warning}", file=sys.stderr)
                run.set_tags({"warning": warning})
            run.log_metrics({**loop.scores(row), **speed}, done.step)
            bar.set_postfix({name: row[name] for name in row if "loss" in name})
            if training.is_pictured(done.step):
                picture()
            since = done.step
    if training.selection:
        chosen, end = training.selection.best, done.rows[-1]
        print(
            f"chosen: iteration {chosen['step']:,}, of FID {chosen['fid_valid']:.2f} on the valid "
            f"split; the last one's is {end['fid_valid']:.2f}"
        )
        run.log_metrics({"chosen_step": chosen["step"]}, done.step)
