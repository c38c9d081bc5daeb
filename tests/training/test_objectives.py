"""The losses: by hand, against finite differences, and where theory says they saturate."""

import math

import numpy as np
import pytest
import tensorflow as tf

from ganpkg.training.objectives import OBJECTIVES

LOGITS = [[-2.0], [0.0], [3.0]]


def D(logit):
    return 1 / (1 + math.exp(-logit))


def by_hand(loss):
    return sum(loss(D(logit)) for (logit,) in LOGITS) / len(LOGITS)


HAND = {
    "real": by_hand(lambda d: -math.log(d)),
    "fake": by_hand(lambda d: -math.log(1 - d)),
    ("minimax", "generator"): by_hand(lambda d: math.log(1 - d)),
    ("non_saturating", "generator"): by_hand(lambda d: -math.log(d)),
}
CASES = [(name, part) for name in OBJECTIVES for part in ("real", "fake", "generator")]


@pytest.mark.parametrize("name, part", CASES)
def test_value_by_hand(name, part):
    loss = getattr(OBJECTIVES[name], part)
    expected = HAND[part] if part in HAND else HAND[name, part]
    assert float(loss(tf.constant(LOGITS, "float64"))) == pytest.approx(expected, rel=1e-14)


def test_values_at_even_odds_are_log_two():
    even = tf.zeros((4, 1), "float64")
    for objective in OBJECTIVES.values():
        assert float(objective.real(even)) == pytest.approx(math.log(2), rel=1e-15)
        assert float(objective.fake(even)) == pytest.approx(math.log(2), rel=1e-15)
    assert float(OBJECTIVES["minimax"].generator(even)) == pytest.approx(-math.log(2), rel=1e-15)


def gradient(loss, logits):
    logits = tf.Variable(logits)
    with tf.GradientTape() as tape:
        value = loss(logits)
    return tape.gradient(value, logits).numpy()


@pytest.mark.parametrize("name, part", CASES)
def test_gradient_against_finite_differences(name, part):
    loss = getattr(OBJECTIVES[name], part)
    logits = np.array(LOGITS)
    step = 1e-6
    differences = []
    for row in range(len(logits)):
        shift = np.zeros_like(logits)
        shift[row] = step
        differences.append(float(loss(logits + shift) - loss(logits - shift)) / (2 * step))
    np.testing.assert_allclose(gradient(loss, logits)[:, 0], differences, rtol=1e-8)


@pytest.mark.parametrize("logit", [-5.0, -10.0, -20.0])
def test_minimax_saturates_where_the_discriminator_is_sure(logit):
    """d minimax / d logit = -D, d non-saturating / d logit = -(1 - D): their ratio is
    D / (1 - D) = exp(logit), which vanishes as D(G(z)) goes to 0."""
    one = np.array([[logit]])
    minimax = gradient(OBJECTIVES["minimax"].generator, one)
    non_saturating = gradient(OBJECTIVES["non_saturating"].generator, one)
    assert minimax[0, 0] == pytest.approx(-D(logit), rel=1e-12)
    assert (minimax / non_saturating)[0, 0] == pytest.approx(math.exp(logit), rel=1e-12)


@pytest.mark.parametrize("name, part", CASES)
def test_nothing_overflows_in_float32(name, part):
    loss = getattr(OBJECTIVES[name], part)
    for logit in (-1e4, 1e4):
        one = np.array([[logit]], "float32")
        assert np.isfinite(float(loss(one)))
        assert np.isfinite(gradient(loss, one)).all()
