"""What trainings and the evaluation make on this processor, as md5s.

    python -m tests.processor_bytes

On made-up images. Prints a JSON object, name -> md5. `test_processors.py` compares two such
processes that see other processors.
"""

import hashlib
import json

import numpy as np

from ganpkg import backend
from ganpkg.evaluation import classifier, features
from ganpkg.kinds.images import Images
from ganpkg.params import read_params
from ganpkg.training import build, loop
from ganpkg.training.feed import Feed

PENALTIES = {"objective": "relativistic", "r1": 1.0, "r2": 1.0, "update": "joint"}
TRAININGS = {  # sample shape, changes to params.yaml, iterations
    "the default": ((8, 8, 1), {}, 40),
    "dcgan-mnist": (
        (28, 28, 1),
        {
            "architecture": "dcgan", "dcgan.normalization": "batch", "update": "joint",
            "batch_size": 128, "latent_dim": 100,
        },
        2,
    ),
    "pictures": (
        (32, 32, 3),
        {
            "architecture": "dcgan", "dcgan.filters": 32, "dcgan.upsampling": "bilinear",
            "augmentation.colour": True, "augmentation.translation": True, **PENALTIES,
        },
        2,
    ),
    "resnet": ((32, 32, 3), {"architecture": "resnet", **PENALTIES}, 2),
}  # fmt: skip
COUNT, CLASSES = 600, 10


def images(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (COUNT, *shape), dtype=np.uint8)


def train(shape, changes: dict, iterations: int) -> list[np.ndarray]:
    """All variables at the end, samples, and logits of the images."""
    params, samples, kind = read_params().changed(changes), images(shape), Images()
    backend.make_deterministic(0)
    gan, feed = build.gan(params, samples, kind), Feed(params, samples)
    list(loop.train(build.engine(params, gan, feed), feed, [iterations]))
    points = np.random.default_rng(0).normal(size=(COUNT, params.latent_dim))
    reals = kind.to_networks(samples.astype(np.float32))
    outputs = (
        backend.predict(gan.sampler, points, 500),
        backend.predict(gan.discriminator, reals, 500),
    )
    return [*(variable.numpy() for variable in gan.variables), *outputs]


def evaluate(shape) -> list[np.ndarray]:
    """The weights of a classifier, and what metrics get of the images."""
    samples, kind, labels = images(shape), Images(), np.arange(COUNT, dtype=np.uint8) % CLASSES
    backend.make_deterministic(0)
    network = classifier.train(samples, labels, CLASSES, kind)
    both = features.build(samples, kind, network)
    return [*network.get_weights(), *both.predict(kind.to_networks(samples * 1.0), verbose=0)]


def md5(arrays: list[np.ndarray]) -> str:
    return hashlib.md5(b"".join(array.tobytes() for array in arrays)).hexdigest()


if __name__ == "__main__":
    classifier.STEPS = 20
    found = {name: md5(train(*training)) for name, training in TRAININGS.items()}
    found["evaluation"] = md5(evaluate((8, 8, 1)))
    print(json.dumps(found))
