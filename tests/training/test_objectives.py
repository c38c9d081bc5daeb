"""The losses: by hand, against finite differences, and where theory says they saturate."""

import math
from functools import partial

import numpy as np
import pytest
import tensorflow as tf

from ganpkg import backend
from ganpkg.objectives import penalties
from ganpkg.objectives.cross_entropy import cross_entropy
from ganpkg.objectives.objective import SplitObjective
from ganpkg.section import choices
from tests.small import objective as objective_of

LOGITS = [[-2.0], [0.0], [3.0]]


def D(logit):
    return 1 / (1 + math.exp(-logit))


def by_hand(loss):
    return sum(loss(D(logit)) for (logit,) in LOGITS) / len(LOGITS)


MINUS_LOG_D = by_hand(lambda d: -math.log(d))
MINUS_LOG_ONE_MINUS_D = by_hand(lambda d: -math.log(1 - d))
HAND = {  # the losses on reals, on fakes, and the generator's
    "non_saturating": (MINUS_LOG_D, MINUS_LOG_ONE_MINUS_D, MINUS_LOG_D),
    "minimax": (MINUS_LOG_D, MINUS_LOG_ONE_MINUS_D, -MINUS_LOG_ONE_MINUS_D),
    "maximum_likelihood": (
        MINUS_LOG_D,
        MINUS_LOG_ONE_MINUS_D,
        by_hand(lambda d: -d / (1 - d) / 2),  # exp(sigmoid^-1(d)) = d / (1 - d)
    ),
    "least_squares": (  # of -2, 0 and 3
        (9 + 1 + 4) / 6,
        (4 + 0 + 9) / 6,
        (9 + 1 + 4) / 6,
    ),
    "hinge": ((3 + 1 + 0) / 3, (0 + 1 + 4) / 3, -1 / 3),
    "wasserstein": (-1 / 3, 1 / 3, -1 / 3),
    "wasserstein_gp": (-1 / 3, 1 / 3, -1 / 3),
}
ALL = {name: objective_of(name) for name in choices("ganpkg.objectives")}
OBJECTIVES = {name: item for name, item in ALL.items() if isinstance(item, SplitObjective)}
PARTS = "real_loss", "fake_loss", "generator_loss"
CASES = [(name, part) for name in OBJECTIVES for part in PARTS]


@pytest.mark.parametrize("name, part", CASES)
def test_value_by_hand(name, part):
    loss = getattr(OBJECTIVES[name], part)
    expected = HAND[name][PARTS.index(part)]
    assert float(loss(tf.constant(LOGITS, "float64"))) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("name", ["non_saturating", "least_squares"])
def test_one_sided_label_smoothing_by_hand(name):
    objective = objective_of(name, label_smoothing=0.1)
    got = float(objective.real_loss(tf.constant(LOGITS, "float64")))
    if name == "least_squares":
        expected = (2.9**2 + 0.9**2 + 2.1**2) / 6
    else:
        expected = by_hand(lambda d: -0.9 * math.log(d) - 0.1 * math.log(1 - d))
    assert got == pytest.approx(expected, rel=1e-14)
    logits = tf.constant(LOGITS, "float64")  # reals alone are smoothed
    assert float(objective.fake_loss(logits)) == float(OBJECTIVES[name].fake_loss(logits))


def test_smoothed_discriminator_is_best_at_the_smoothed_label():
    """Salimans et al. 2016: with equal densities D = label / 2, where the slope is zero."""
    logits = np.array([[math.log(0.45 / 0.55)]])
    slope = gradient(partial(cross_entropy, label=0.9), logits) + gradient(
        OBJECTIVES["non_saturating"].fake_loss, logits
    )
    assert abs(slope[0, 0]) < 1e-15


def test_penalties_by_hand():
    gradients = np.array([[3.0, 4.0], [0.0, 0.5]])  # of lengths 5 and 1/2
    assert float(penalties.unit_slope(gradients)) == pytest.approx((16 + 0.25) / 2, rel=1e-9)
    assert float(penalties.zero_slope(gradients)) == pytest.approx((25 + 0.25) / 4, rel=1e-14)
    assert np.isfinite(gradient(penalties.unit_slope, np.zeros((2, 2)))).all()


def test_gradient_norm_against_finite_differences(make_gan, make_feed):
    """The discriminator's slopes at points between reals and fakes, one pixel after another."""
    logits, feed = make_gan().discriminator, make_feed()
    points = tf.constant(feed.batches(0, 1)["reals"][0, 0, :2] / 127.5 - 1)
    slopes = backend.gradients(lambda x: logits(x, training=True), points)
    step, pixels = 1e-6, np.eye(64).reshape(64, 8, 8, 1)
    differences = np.stack(
        [(logits(points + step * p) - logits(points - step * p))[:, 0] / (2 * step) for p in pixels]
    )
    np.testing.assert_allclose(np.reshape(slopes, (2, 64)).T, differences, atol=1e-8)
    norms = np.sqrt((differences**2).sum(axis=0))
    assert float(penalties.unit_slope(slopes)) == pytest.approx(((norms - 1) ** 2).mean(), rel=1e-7)


def test_maximum_likelihood_gradient_is_that_of_the_divergence():
    """Goodfellow 2016, section 3.2.5: with the optimal discriminator, whose exp(logit) is
    p_data / p_model, the expected weight of a sample is its density ratio (times 1/2)."""
    ratio = np.array([[0.25], [1.0], [4.0]])
    slope = gradient(OBJECTIVES["maximum_likelihood"].generator_loss, np.log(ratio))
    np.testing.assert_allclose(slope, -ratio / 2 / len(ratio), rtol=1e-12)


def test_values_at_even_odds_are_log_two():
    even = tf.zeros((4, 1), "float64")
    for name in ("non_saturating", "minimax", "maximum_likelihood"):
        objective = OBJECTIVES[name]
        assert float(objective.real_loss(even)) == pytest.approx(math.log(2), rel=1e-15)
        assert float(objective.fake_loss(even)) == pytest.approx(math.log(2), rel=1e-15)
    assert float(OBJECTIVES["minimax"].generator_loss(even)) == pytest.approx(
        -math.log(2), rel=1e-15
    )


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
    minimax = gradient(OBJECTIVES["minimax"].generator_loss, one)
    non_saturating = gradient(OBJECTIVES["non_saturating"].generator_loss, one)
    assert minimax[0, 0] == pytest.approx(-D(logit), rel=1e-12)
    assert (minimax / non_saturating)[0, 0] == pytest.approx(math.exp(logit), rel=1e-12)


@pytest.mark.parametrize(
    "name, part", [case for case in CASES if case != ("maximum_likelihood", "generator_loss")]
)
def test_nothing_overflows_in_float32(name, part):
    loss = getattr(OBJECTIVES[name], part)
    for logit in (-1e4, 1e4):
        one = np.array([[logit]], "float32")
        assert np.isfinite(float(loss(one)))
        assert np.isfinite(gradient(loss, one)).all()
