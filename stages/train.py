"""Trains the GAN under params.yaml, in view of MLflow, from the last checkpoint on."""

from pathlib import Path

from ganpkg import stage, storage, tracking
from ganpkg.datasets.dataset import open_classes, open_kind, open_split
from ganpkg.params import check_against_data

PREPARED = Path("data/prepared")
SAMPLES = PREPARED / "train/samples.npy"


def main():
    params = stage.read_params()
    split, classes = open_split(PREPARED / "train"), open_classes(PREPARED)
    kind = open_kind(PREPARED)
    check_against_data(params, len(split.samples), classes)
    from ganpkg import backend

    backend.check_precision(params)
    if params.deterministic:
        backend.deterministic_kernels()
    with backend.join_processes(params):
        train(params, split, kind, list(classes) if params.conditional else [])


def train(params, split, kind, classes):
    from ganpkg import backend
    from ganpkg.environment import environment
    from ganpkg.training import fine_tuning, loop, monitor, pruning
    from ganpkg.training.checkpoint import Checkpoints, identity
    from ganpkg.training.training import Training

    what = identity(params, environment(params.portable))
    last = loop.log_steps(params, len(split.samples))[-1]
    checkpoints = Checkpoints(what, last)
    pictures = kind.pictures(*split, classes)
    with checkpoints.locked():
        pruning.prune(checkpoints.folder.parent)
        newest = checkpoints.newest()
        own = newest and newest[1]["last"] == last
        run_id = newest[1]["run_id"] if own else None
        data_md5 = what["files"][str(SAMPLES)]
        # The seed comes last: Keras draws the weights of what it loads.
        with tracking.TrainingRun(params, data_md5, run_id) as run:
            selection = None
            if params.select == "best_fid":
                classifier = storage.load_model("models/classifier.keras")
                selection = classifier, open_split(PREPARED / "valid")
            start = fine_tuning.load(params.init)
            if start:
                file = fine_tuning.FOLDER / params.init / "generator.keras"
                run.set_tags({"init_md5": storage.md5(file)})
            backend.seed(params.seed)
            training = Training(params, split, kind, len(classes), selection, start)
            if newest:
                training.restore(*newest)
                source = "" if own else f", of a training of {newest[1]['last']:,}"
                print(
                    f"going on from the checkpoint at iteration {training.position.step:,}{source}"
                )
            try:
                monitor.train(training, params, checkpoints, run, pictures.progress)
            finally:
                loop.write_history(training.position.rows, "reports/history.csv")
            storage.write_json("models/environment.json", what["environment"])
            storage.save_model(training.gan.discriminator, "models/discriminator.keras")
            storage.save_model(training.gan.sampler, "models/generator.keras")
            run.set_tags({"generator_md5": storage.md5("models/generator.keras")})
        checkpoints.finish()


if __name__ == "__main__":
    stage.run("train", main)
