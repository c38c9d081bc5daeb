"""Runs a training with a progress bar, MLflow metrics and pictures, warnings and checkpoints."""

import sys

import numpy as np
from tqdm import tqdm

from ganpkg import backend, stage
from ganpkg.training.checkpoint import Checkpoints
from ganpkg.training.training import Training


def train(training: Training, params, checkpoints: Checkpoints, run, draw) -> None:
    """Trains to the end. After SIGINT or SIGTERM it writes a checkpoint and stops.

    Args:
        training: a new or restored training.
        run: the MLflow run, a `TrainingRun`.
        draw: draws the samples of the fixed latent points.
    """
    position, last = training.position, training.log_steps[-1]

    def state():
        arrays, facts = training.state()
        return arrays, {**facts, "run_id": run.run_id}

    def picture():
        run.log_picture(draw(training.save_samples()), "progress", position.step)

    print(f"{last:,} iterations, engine {params.engine}, on {backend.device()}", flush=True)
    if position.step:
        for row in position.rows:  # the run skips what the store already has
            run.log_metrics(row, row["step"])
            for warning in training.warnings.of(row):
                run.set_tags({"warning": warning})
        for step, path in training.progress.files.items():
            run.log_picture(draw(np.load(path)), "progress", step)
    else:
        picture()
    checkpoints.save(state)  # it contains the id of the MLflow run

    with (
        stage.Interruption() as interruption,
        tqdm(total=last, initial=position.step, disable=None) as bar,
    ):

        def after_call():
            bar.update(position.step - bar.n)
            if interruption.requested:
                checkpoints.save(state)
                kept = checkpoints.step
                where = "from the start" if kept is None else f"from iteration {kept:,}"
                tqdm.write(
                    f"stopped at iteration {position.step:,}; run it again to go on {where}",
                    file=sys.stderr,
                )
                interruption.obey()
            if checkpoints.due or position.step == last:
                checkpoints.save(state)

        previous = position.step
        for row in training.run(after_call):
            speed = {}
            if position.seconds:  # 0 if the checkpoint was taken just before this row
                images = (position.step - previous) * params.batch_size
                speed = {"images_per_second": images / position.seconds}
            for warning in training.warnings.of(row):
                tqdm.write(f"warning: {warning}", file=sys.stderr)
                run.set_tags({"warning": warning})
            run.log_metrics(row | speed, position.step)
            bar.set_postfix({name: row[name] for name in row if "loss" in name})
            if training.gets_picture(position.step):
                picture()
            previous = position.step
    if training.selection:
        chosen, end = training.selection.best, position.rows[-1]
        print(
            f"chosen: iteration {chosen['step']:,}, of FID {chosen['fid_valid']:.2f} on the valid "
            f"split; the last one's is {end['fid_valid']:.2f}"
        )
        run.log_metrics({"chosen_step": chosen["step"]}, position.step)
