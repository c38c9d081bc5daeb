"""The relativistic objective, alone and in a game whose behaviour is known."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganpkg.kinds.images import Images
from ganpkg.training.compiled import CompiledEngine
from ganpkg.training.feed import Feed
from ganpkg.training.gan import Gan
from tests.small import SHIPPED, objective

REALS = np.array([[1.0], [-2.0], [0.5]])
FAKES = np.array([[0.0], [1.0], [0.5]])
RELATIVISTIC = objective("relativistic")


def identity(samples):
    return samples


def d_loss(reals, fakes):
    return RELATIVISTIC.score_discriminator(identity, tf.constant(reals), tf.constant(fakes), {})[0]


def g_loss(reals, fakes):
    return RELATIVISTIC.score_generator(identity, tf.constant(fakes), tf.constant(reals))


def test_values_by_hand():
    """The pairs differ by 1, -3 and 0."""
    expected = sum(math.log(1 + math.exp(-d)) for d in (1, -3, 0)) / 3
    assert float(d_loss(REALS, FAKES)) == pytest.approx(expected, rel=1e-14)
    expected = sum(math.log(1 + math.exp(d)) for d in (1, -3, 0)) / 3
    assert float(g_loss(REALS, FAKES)) == pytest.approx(expected, rel=1e-14)
    reals, fakes = tf.constant(REALS), tf.constant(FAKES)
    _, (fake, real) = RELATIVISTIC.score_discriminator(identity, reals, fakes, {})
    assert float(real[1]) == float(fake[1]) == pytest.approx(1 / 3)
    assert float(real[0] + fake[0]) == pytest.approx(float(d_loss(REALS, FAKES)))


def test_only_differences_count():
    """A discriminator that says 7 more of everything has the same losses."""
    for loss in (d_loss, g_loss):
        assert float(loss(REALS + 7, FAKES + 7)) == pytest.approx(float(loss(REALS, FAKES)))


@pytest.mark.parametrize("loss", [d_loss, g_loss])
@pytest.mark.parametrize("place", [0, 1])
def test_gradients_against_finite_differences(loss, place):
    logits, step = [REALS, FAKES], 1e-6
    variables = [tf.Variable(array) for array in logits]
    with tf.GradientTape() as tape:
        both = tf.concat([variables[1], variables[0]], 0)
        value = RELATIVISTIC.score_discriminator(lambda _: both, *variables, {})[0]
        if loss is g_loss:
            value = RELATIVISTIC.score_generator(lambda _: both, variables[1], variables[0])
    gradient = tape.gradient(value, variables[place]).numpy()
    for row in range(3):
        shift = np.zeros((3, 1))
        shift[row] = step
        ends = [
            float(loss(*(a + sign * shift * (i == place) for i, a in enumerate(logits))))
            for sign in (1, -1)
        ]
        assert gradient[row, 0] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-7)


class Point(keras.layers.Layer):
    """The generator of the Dirac GAN: it makes one number, whatever the latent point is."""

    def build(self, shape):
        self.place = self.add_weight(shape=(1,), initializer="ones")

    def call(self, inputs):
        return 0 * inputs + self.place


def dirac_gan(r1: float, r2: float, iterations: int = 4000, rate: float = 0.05) -> np.ndarray:
    """Mescheder et al. 2018, section 2: the data is the point 0, D(x) = slope * x.

    Returns:
        (2,), the generator's point and the discriminator's slope at the end. They start at 1.
    """
    generator = keras.Sequential([keras.Input((1,)), Point()])
    slope = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    discriminator = keras.Sequential([keras.Input((1,)), slope])
    optimizers = [keras.optimizers.SGD(rate) for _ in range(2)]
    rules = objective("relativistic")
    gan = Gan(generator, discriminator, *optimizers, rules, "simultaneous", Numbers(), r1=r1, r2=r2)
    changes = {"objective": "relativistic", "update": "simultaneous", "batch_size": 4}
    params = SHIPPED.changed({**changes, "latent_dim": 1, "seed": 0})
    feed = Feed(params, np.zeros((8, 1), np.float32))
    engine = CompiledEngine(gan)
    for start in range(0, iterations, 50):
        engine.run(feed.batches(start, start + 50))
    return np.array([generator.weights[0][0], discriminator.weights[0][0, 0]])


class Numbers(Images):
    """Samples that the networks see as they are."""

    def to_networks(self, values):
        return values


@pytest.mark.parametrize("r1, r2", [(1.0, 0.0), (0.0, 1.0), (1.0, 1.0)])
def test_the_dirac_gan_converges_with_a_penalty(r1, r2):
    np.testing.assert_allclose(dirac_gan(r1, r2), 0, atol=1e-3)


def test_the_dirac_gan_circles_without_penalties():
    """Steps of the size h stretch the radius r by h^2 r / 8 each; the loss, whose slopes of both
    players differ by tanh(slope * point / 2), shrinks it by h r^3 / 16 on average. It stays at
    sqrt(2 h)."""
    rate = 0.05
    assert np.hypot(*dirac_gan(0.0, 0.0, rate=rate)) == pytest.approx((2 * rate) ** 0.5, rel=0.1)
