"""Every kind of training, in short, and the md5s of all that comes of it.

    python -m tests.training.trainings PREPARED CLASSIFIER STOP [NAME ...]

The data is that of the digits. Prints a JSON object, name -> md5s. `test_bytes.py` compares two
such processes. In one of them, those with options go on from the end of a shorter training, of STOP
iterations. With names, only those trainings.
"""

import contextlib
import json
import os
import shutil
import sys
import tempfile
from functools import cache
from itertools import product
from pathlib import Path
from typing import get_args

from pydantic import ValidationError

from ganpkg import backend, machine, storage
from ganpkg.datasets.dataset import open_split
from ganpkg.kinds.images import Images
from ganpkg.labels import append_codes
from ganpkg.params import Params, read_params
from ganpkg.randomness import Purpose
from ganpkg.sampling import latents
from ganpkg.training import loop
from ganpkg.training.checkpoint import Checkpoints
from ganpkg.training.training import Training
from tests.covering import covering

SMALL = {
    "mlp.generator_units": [16, 24], "mlp.discriminator_units": [24, 16], "dcgan.filters": 8,
    "resnet.filters": 8, "resnet.max_filters": 16,
    "maxout.generator_units": [16, 24], "maxout.discriminator_units": [24, 16], "latent_dim": 8,
    "batch_size": 32, "epochs": 1, "log_every": 5,
}  # fmt: skip
SAMPLES = 120
CLASSES = 10
OPTIONS = {
    "conditional, moving average, best FID": {
        "conditional": True, "ema_decay": 0.9, "select": "best_fid",
    },
    "R1, smooth labels, shuffled, two steps": {
        "objective": "non_saturating", "non_saturating.label_smoothing": 0.1, "r1": 1.0,
        "update": "joint", "sampling": "epoch", "discriminator_steps": 2, "noise": "uniform",
    },
    "sgd, rmsprop": {
        "generator.optimizer": "sgd", "generator.momentum_rise": 0.2,
        "discriminator.optimizer": "rmsprop", "discriminator.learning_rate_decay": 1.001,
    },
    "augmented, annealed": {
        "r1": 1.0, "r2": 1.0, "update": "joint", "ema_decay": 0.5, "annealing.iterations": 20,
        "augmentation.colour": True, "augmentation.translation": True, "augmentation.cutout": True,
        "augmentation.mirror": True, "augmentation.strength": 0.5, "augmentation.adapt_over": 1000,
        "objective": "relativistic",
    },
    "bfloat16": {"precision": "bfloat16", "ema_decay": 0.99, "r1": 1.0, "update": "joint"},
    "textbook": {"engine": "textbook"},
    "spectral": {
        "architecture": "dcgan", "dcgan.normalization": "spectral", "dcgan.upsampling": "bilinear",
    },
    "inverted": {"architecture": "resnet", "resnet.form": "inverted"},
}  # fmt: skip
if machine.onednn_limit():  # the stages refuse it there, because TensorFlow crashes
    del OPTIONS["bfloat16"]


def kinds(*keys: str) -> dict[str, dict]:
    """Name -> changes to params.yaml: all values of some keys that fit together."""
    shipped, found = read_params(), {}
    for values in product(*(get_args(Params.model_fields[key].annotation) for key in keys)):
        changes = dict(zip(keys, values))
        try:
            shipped.changed({**SMALL, **changes})
        except ValidationError:
            continue
        found[", ".join(values)] = changes
    return found


@cache
def trainings() -> dict[str, dict]:
    """Name -> changes to params.yaml: some trainings, among which are each objective, each
    architecture in each form of update, and each option."""
    shipped, fitting = read_params(), []
    for changes in kinds("architecture", "objective", "update").values():
        fitting += [
            {**changes, "option": name}
            for name, option in {"": {}, **OPTIONS}.items()
            if fit(shipped, changes, option)
        ]
    chosen = covering(fitting, parts)
    names = [", ".join(filter(None, row.values())) for row in chosen]
    return {
        name: {k: v for k, v in row.items() if k != "option"} | OPTIONS.get(row["option"], {})
        for name, row in zip(names, chosen)
    }


def parts(row: dict) -> set:
    return {row["objective"], (row["architecture"], row["update"]), row["option"]}


def with_options() -> list[str]:
    """The names of the trainings that carry an option."""
    return [name for name in trainings() if name.endswith(tuple(OPTIONS))]


def fit(shipped: dict, changes: dict, option: dict) -> bool:
    """Whether an option goes with a training that has these changes."""
    if any(changes.get(key, value) != value for key, value in option.items()):
        return False
    try:
        return bool(shipped.changed({**SMALL, **changes, **option}))
    except ValidationError:
        return False


def train(params, split, selection, folder: Path, stop: int) -> Training:
    """The training at its end.

    Args:
        stop: how many iterations a shorter training has, from whose end this one goes on; calls of
            its engine are short, and it writes many checkpoints. 0 trains all at once.
    """
    os.environ["DVC_ROOT"] = str(folder)

    def begin():
        backend.make_deterministic(params.seed)
        return Training(params, split, Images(), CLASSES if params.conditional else 0, selection)

    if stop:
        shorter = begin()
        last = shorter.log_steps[-1]
        shorter.log_steps = [step for step in shorter.log_steps if step < stop] + [stop]
        shorter.engine.iterations_per_call = min(3, shorter.engine.iterations_per_call)
        checkpoints = Checkpoints({}, stop)
        list(shorter.run(lambda: checkpoints.save(shorter.state)))
        training = begin()
        training.restore(*Checkpoints({}, last).newest())
        assert training.position.step == stop
        shutil.rmtree(folder / "checkpoints")
    else:
        training = begin()
    list(training.run())
    return training


def md5s(params, split, valid, classifier, folder: Path, stop: int) -> dict[str, str]:
    selection = (classifier, valid) if params.select == "best_fid" else None
    training = train(params, split, selection, folder, stop)
    gan, classes = training.gan, CLASSES if params.conditional else 0
    storage.save_model(gan.sampler, folder / "generator.keras")
    storage.save_model(gan.discriminator, folder / "discriminator.keras")
    loop.write_history(training.position.rows, folder / "history.csv")
    points = latents.draw(0, Purpose.SAMPLE_LATENTS, params.noise, SAMPLES, params.latent_dim)
    if classes:
        points = append_codes(points, valid.labels[:SAMPLES], classes)
    samples = latents.generate(gan.sampler, points, gan.kind)
    (folder / "samples").write_bytes(samples.tobytes())
    return {file.name: storage.md5(file) for file in sorted(folder.iterdir())}


def main(prepared: str, classifier: str, stop: str, *names: str) -> None:
    splits = [open_split(Path(prepared, name)) for name in ("train", "valid")]
    shipped, network = read_params(), storage.load_model(classifier)
    found, stopped = {}, with_options() if int(stop) else []
    for name, changes in trainings().items():
        if names and name not in names:
            continue
        # What a training says goes elsewhere: standard output is the JSON object alone.
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(sys.stderr):
            params = shipped.changed({**SMALL, **changes})
            step = int(stop) if name in stopped else 0
            found[name] = md5s(params, *splits, network, Path(folder), step)
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
