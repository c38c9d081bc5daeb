"""Short trainings from given start weights, to be compared between backends and devices.

    KERAS_BACKEND=jax python -m tests.training.backends FOLDER LABEL [NAME ...]

Start weights are read from FOLDER/start, or, where there are none, left there; so is a model.
Writes FOLDER/LABEL.npz: the variables and scores of every training (or of those named) after some
iterations, and what the model generates.
"""

import sys
from pathlib import Path

import numpy as np
from keras import ops

from ganpkg import backend, storage
from ganpkg.kinds.images import Images
from ganpkg.params import read_params
from ganpkg.sampling.latents import generate
from ganpkg.training import build, loop
from ganpkg.training.feed import Feed
from tests.training.trainings import SMALL

ITERATIONS = 20
# Every objective, every update, every option.
TRAININGS = {
    "conditional": {"objective": "non_saturating", "conditional": True},
    "two steps": {"objective": "maximum_likelihood", "discriminator_steps": 2},
    "sgd, rmsprop": {
        "objective": "hinge",
        "generator.optimizer": "sgd", "generator.momentum_rise": 0.2,
        "discriminator.optimizer": "rmsprop", "discriminator.learning_rate_decay": 1.001,
    },
    "wasserstein_gp": {"objective": "wasserstein_gp", "update": "simultaneous"},
    "relativistic, augmented": {
        "objective": "relativistic", "update": "joint", "r1": 1.0, "r2": 2.0, "ema_decay": 0.5,
        "annealing.iterations": 15, "augmentation.colour": True, "augmentation.translation": True,
        "augmentation.cutout": True, "augmentation.mirror": True, "augmentation.strength": 0.5,
        "augmentation.adapt_over": 1000,
    },
    "dcgan, average": {
        "objective": "minimax", "architecture": "dcgan", "dcgan.normalization": "batch",
        "update": "joint", "ema_decay": 0.9,
    },
    "dcgan, spectral": {
        "objective": "wasserstein", "architecture": "dcgan", "dcgan.normalization": "spectral",
        "dcgan.upsampling": "bilinear", "update": "joint", "r1": 1.0,
    },
    "resnet": {
        "objective": "least_squares", "architecture": "resnet", "update": "joint", "r1": 1.0,
        "conditional": True,
    },
}  # fmt: skip
# Its layers draw random numbers, which differ between backends, but not with the devices.
NOISY = {"maxout": {"architecture": "maxout"}}


def main(folder: Path, label: str, *names: str) -> None:
    with backend.join_processes(read_params()):
        play(folder, label, names or TRAININGS)


def play(folder: Path, label: str, names) -> None:
    start = folder / "start"
    samples = np.random.default_rng(0).integers(0, 256, (200, 8, 8, 1)).astype(np.uint8)
    labels = np.arange(200) % 10
    shipped, results = read_params(), {}
    known = TRAININGS | NOISY
    for name in names:
        params = shipped.changed({**SMALL, **known[name]})
        backend.make_deterministic(0)
        gan = build.gan(params, samples, Images(), 10 if params.conditional else 0)
        file = start / f"{name}.npz"
        if file.exists():
            with np.load(file) as arrays:
                for number, variable in enumerate(gan.variables):
                    variable.assign(arrays[str(number)])
        else:
            file.parent.mkdir(exist_ok=True)
            arrays = map(ops.convert_to_numpy, gan.variables)
            np.savez(file, **{str(number): array for number, array in enumerate(arrays)})
        feed = Feed(params, samples, labels, gan.classes)
        rows = loop.train(build.engine(params, gan, feed), feed, [7, ITERATIONS])
        results[f"{name}: scores"] = [list(row.values()) for row in rows]
        for number, variable in enumerate(gan.variables):
            results[f"{name}: {number} {variable.path}"] = ops.convert_to_numpy(variable)
    model = start / "generator.keras"
    if not model.exists():
        storage.save_model(gan.generator, model)
    generator = storage.load_model(model)
    shape = 16, generator.input_shape[1]  # with the class, if it is conditional
    points = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    results["generated"] = generate(generator, points, Images())
    np.savez(folder / f"{label}.npz", **results)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
