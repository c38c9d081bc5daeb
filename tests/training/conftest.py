"""Small games on the real digits, for the tests of the training."""

from itertools import cycle

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits

from ganpkg import backend
from ganpkg.kinds.images import Images
from ganpkg.networks.architecture import Task
from ganpkg.networks.dcgan import DCGAN
from ganpkg.networks.mlp import MLP
from ganpkg.training.feed import Feed
from ganpkg.training.gan import Gan
from tests import small

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

    Further arguments are values of the objective's section.
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
        r1=0.0,
        r2=0.0,
        **values,
    ):
        set_dtype(dtype)
        backend.make_deterministic(1)
        if architecture == "mlp":
            task = Task(LATENT_DIM, SMALL, Images())
            family = MLP(generator_units=[12, 16], discriminator_units=[16, 8])
        else:
            task, family = (
                Task(LATENT_DIM, LARGE, Images()),
                DCGAN(filters=4, normalization="batch", upsampling="transposed"),
            )
        networks = family.generator(task), family.discriminator(task)
        objective = small.objective(objective, **values)
        objective.constrain(networks[1])
        optimizers = [keras.optimizers.Adam(1e-3, beta_1=0.5) for _ in range(2)]
        average = None
        if average_decay:
            average = family.generator(task)
            average.set_weights(networks[0].get_weights())
        gan = Gan(
            *networks, *optimizers, objective, update, Images(), r1=r1, r2=r2, average=average,
            average_decay=average_decay,
        )  # fmt: skip
        assert gan.dtype == dtype and gan.generator.weights[0].dtype == dtype
        return gan

    yield make
    set_dtype("float32")


@pytest.fixture
def make_feed(digits):
    def make(architecture="mlp", objective="non_saturating", **changes):
        samples = digits if architecture == "mlp" else digits.repeat(2, axis=1).repeat(2, axis=2)
        params = {"seed": 3, "batch_size": BATCH_SIZE, "latent_dim": LATENT_DIM, "update": "joint"}
        return Feed(small.SHIPPED.changed({**params, "objective": objective, **changes}), samples)

    return make


def in_one_update(objectives) -> list[tuple[str, str]]:
    """Update and objective: each objective in one of the updates, all of which come."""
    return [*zip(cycle(UPDATES), sorted(objectives))]


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
