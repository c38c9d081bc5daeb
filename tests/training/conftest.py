"""Small games on the real digits, for the tests of the training."""

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits

from ganpkg.networks import dcgan, mlp
from ganpkg.training.feed import Feed
from ganpkg.training.gan import Gan

LATENT_DIM = 6
BATCH_SIZE = 16


@pytest.fixture(scope="session")
def digits():
    return np.round(load_digits().images * (255 / 16)).astype(np.uint8)[..., None]


@pytest.fixture
def make_gan():
    """Builds a game whose start weights depend on nothing but the architecture and dtype."""

    def set_dtype(dtype):
        keras.config.set_floatx(dtype)
        keras.config.set_dtype_policy(dtype)  # once read, it no longer follows floatx

    def make(update="separate", objective="non_saturating", architecture="mlp", dtype="float64"):
        set_dtype(dtype)
        keras.utils.set_random_seed(1)
        shape = (8, 8, 1)
        if architecture == "mlp":
            networks = mlp.generator(LATENT_DIM, shape, [12, 16]), mlp.discriminator(shape, [16, 8])
        else:
            networks = dcgan.generator(LATENT_DIM, shape, 4), dcgan.discriminator(shape, 4)
        optimizers = [keras.optimizers.Adam(1e-3, beta_1=0.5) for _ in range(2)]
        gan = Gan(*networks, *optimizers, objective, update)
        assert gan.dtype == dtype and gan.generator.weights[0].dtype == dtype
        return gan

    yield make
    set_dtype("float32")


@pytest.fixture
def make_feed(digits):
    def make(**changes):
        options = {"seed": 3, "batch_size": BATCH_SIZE, "latent_dim": LATENT_DIM}
        return Feed(digits, **{**options, **changes})

    return make


def weights(network):
    """All weights of a network in one vector, moving statistics included."""
    return np.concatenate([np.ravel(weight) for weight in network.get_weights()])
