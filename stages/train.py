"""Trains the GAN with the parameters of params.yaml, from the last checkpoint on."""

from ganpkg import machine, stage, storage, tracking
from ganpkg.datasets.dataset import open_classes, open_kind, open_split
from ganpkg.params import check_against_data

PREPARED = "data/prepared"
SAMPLES = f"{PREPARED}/train/samples.npy"


def main():
    params = stage.read_params()
    split, classes = open_split(f"{PREPARED}/train"), open_classes(PREPARED)
    kind = open_kind(PREPARED)
    check_against_data(params, len(split.samples), classes)
    from ganpkg import backend

    backend.check_precision(params)
    machine.announce(params.portable)
    if params.deterministic:
        backend.deterministic_kernels()
    with backend.join_processes(params):
        train(params, split, kind, list(classes) if params.conditional else [])


def train(params, split, kind, classes):
    from ganpkg.environment import environment
    from ganpkg.training import loop, monitor, pruning
    from ganpkg.training.checkpoint import Checkpoints, training_identity

    identity = training_identity(params, environment(params.portable))
    checkpoints = Checkpoints(identity, loop.log_steps(params, len(split.samples))[-1])
    draw = kind.pictures(*split, classes).progress
    with checkpoints.locked():
        pruning.prune(checkpoints.folder.parent)
        newest = checkpoints.newest()
        run_id = newest[1]["run_id"] if newest else None
        with tracking.TrainingRun(params, identity["files"][SAMPLES], run_id) as run:
            training = new_training(params, split, kind, len(classes), run)
            if newest:
                training.restore(*newest)
            try:
                monitor.train(training, params, checkpoints, run, draw)
            finally:
                loop.write_history(training.position.rows, "reports/history.csv")
            storage.write_json("models/environment.json", identity["environment"])
            storage.save_model(training.gan.discriminator, "models/discriminator.keras")
            storage.save_model(training.gan.sampler, "models/generator.keras")
            run.set_tags({"generator_md5": storage.md5("models/generator.keras")})
        checkpoints.finish()


def new_training(params, split, kind, classes, run):
    """A training before its first step."""
    from ganpkg import backend
    from ganpkg.training import fine_tuning
    from ganpkg.training.training import Training

    selection = None
    if params.select == "best_fid":
        classifier = storage.load_model("models/classifier.keras")
        selection = classifier, open_split(f"{PREPARED}/valid")
    start = fine_tuning.load(params.init)
    if start:
        run.set_tags({"init_md5": storage.md5(f"data/init/{params.init}/generator.keras")})
    backend.seed(params.seed)  # last, since loading a model draws weights, too
    return Training(params, split, kind, classes, selection, start)


if __name__ == "__main__":
    stage.run("train", main)
