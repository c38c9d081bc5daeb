"""Small games on the real digits, for the tests of the training."""

from itertools import cycle

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits

from ganpkg import backend
from ganpkg.networks import clip_weights, dcgan, mlp
from ganpkg.training.feed import Feed
from ganpkg.training.gan import Gan
from ganpkg.training.objectives import OBJECTIVES

LATENT_DIM = 6
BATCH_SIZE = 16
UPDATES = ["separate", "joint", "simultaneous"]
SMALL, LARGE = (8, 8, 1), (16, 16, 1)  # for the mlp; for the dcgan, so that it has two layers

# One step of Adam moves a weight by about the learning rate, 1e-3. In float64 nothing but
# rounding can hide below 1e-9. In float32 rounding (1.2e-7 of each value) leaves differences
# of a few 1e-7; the tolerance is a two-hundredth of a step, so that an update more or less,
# or one in another order, would show.
TOLERANCE = {"float64": 1e-9, "float32": 5e-6}


@pytest.fixture(scope="session")
def digits():
    return np.round(load_digits().images * (255 / 16)).astype(np.uint8)[..., None]


@pytest.fixture
def make_gan():
    """Builds a game whose start weights depend on nothing but the architecture and dtype.

    Further arguments replace parts of the objective.
    """

    def set_dtype(dtype):
        keras.config.set_floatx(dtype)
        keras.config.set_dtype_policy(dtype)  # once read, it no longer follows floatx

    def make(
        update="separate",
        objective="non_saturating",
        architecture="mlp",
        dtype="float64",
        average_decay=0.0,
        clip=None,
        **changes,
    ):
        set_dtype(dtype)
        backend.make_deterministic(1)
        if architecture == "mlp":
            networks = mlp.generator(LATENT_DIM, SMALL, [12, 16]), mlp.discriminator(SMALL, [16, 8])
        else:
            networks = (
                dcgan.generator(LATENT_DIM, LARGE, 4),
                dcgan.discriminator(LARGE, 4, "batch"),
            )
        if clip:
            clip_weights(networks[1], clip)
        optimizers = [keras.optimizers.Adam(1e-3, beta_1=0.5) for _ in range(2)]
        average = None
        if average_decay:
            average = mlp.generator(LATENT_DIM, SMALL, [12, 16])
            average.set_weights(networks[0].get_weights())
        objective = OBJECTIVES[objective]._replace(**changes)
        gan = Gan(*networks, *optimizers, objective, update, average, average_decay)
        assert gan.dtype == dtype and gan.generator.weights[0].dtype == dtype
        return gan

    yield make
    set_dtype("float32")


@pytest.fixture
def make_feed(digits):
    def make(architecture="mlp", **changes):
        samples = digits if architecture == "mlp" else digits.repeat(2, axis=1).repeat(2, axis=2)
        options = {"seed": 3, "batch_size": BATCH_SIZE, "latent_dim": LATENT_DIM}
        return Feed(samples, **{**options, **changes})

    return make


def in_two_updates(objectives) -> list[tuple[str, str]]:
    """Update and objective: each objective in `separate`, and in one of the others."""
    names = sorted(objectives)
    return [*zip(cycle(["separate"]), names), *zip(cycle(["joint", "simultaneous"]), names)]


def names_tested(request) -> list[str]:
    """The parameters `name` of the module's tests that were asked for."""
    items = [item for item in request.session.items if item.path == request.path]
    given = [item.callspec.params for item in items if hasattr(item, "callspec")]
    return list(dict.fromkeys(params["name"] for params in given if "name" in params))


def weights(network):
    """All weights of a network in one vector, moving statistics included."""
    return np.concatenate([np.ravel(weight) for weight in network.get_weights()])
