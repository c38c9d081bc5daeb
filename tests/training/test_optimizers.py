"""The optimisers: each one's first steps by hand, and the schedules of the 2014 experiments."""

import keras
import numpy as np
import pytest

from ganpkg.errors import UserError
from ganpkg.params import read_params
from ganpkg.training.schedules import Decay


def built(write_params, iterations_per_epoch=1, **changes):
    changes = {f"generator.{key}": value for key, value in changes.items()}
    params = read_params(write_params(**changes))
    return params.generator.build(iterations_per_epoch, params.annealing)


def path(optimizer, updates, gradient=2.0):
    """Where a variable that starts at 0 stands after each update with a constant gradient."""
    variable = keras.Variable([0.0], dtype="float64")
    optimizer.build([variable])
    places = []
    for _ in range(updates):
        optimizer.apply([np.array([gradient])])
        places.append(float(variable[0]))
    return places


def test_descent_with_momentum_by_hand(write_params):
    got = path(built(write_params, optimizer="sgd", learning_rate=0.1, momentum=0.5), 3)
    np.testing.assert_allclose(got, [-0.2, -0.5, -0.85], rtol=1e-6)


def test_decay_and_floor_by_hand(write_params):
    options = {"learning_rate_decay": 2.0, "learning_rate_floor": 0.03, "momentum": 0.0}
    got = path(built(write_params, optimizer="sgd", learning_rate=0.1, **options), 4)
    np.testing.assert_allclose(np.diff([0, *got]), [-0.2, -0.1, -0.06, -0.06], rtol=1e-6)


def test_the_decay_of_2014_is_exact_over_a_whole_training():
    """In float32, 1.000004 to the power of 300,000 is off by more than a percent."""
    rate = Decay(0.1, 1.000004, 1e-6)
    for updates in (0, 1000, 100_000, 300_000):
        assert float(rate(updates)) == pytest.approx(0.1 / 1.000004**updates, rel=1e-5)
    assert float(rate(10_000_000)) == pytest.approx(1e-6)


def test_rising_momentum_by_hand(write_params):
    """0, 1/4 and from then on 1/2: the steps are g, g + v/4, g + v/2, g + v/2."""
    options = {"momentum": 0.0, "momentum_rise": 0.5, "momentum_rise_epochs": 1}
    optimizer = built(
        write_params, optimizer="sgd", learning_rate=0.1, iterations_per_epoch=2, **options
    )
    steps = -np.diff([0, *path(optimizer, 4)])
    np.testing.assert_allclose(steps, [0.2, 0.25, 0.325, 0.3625], rtol=1e-6)


def test_adam_and_rmsprop_take_their_parameters(write_params):
    adam = built(write_params, optimizer="adam", momentum=0.0, beta_2=0.9)
    assert (adam.beta_1, adam.beta_2) == (0.0, 0.9)
    rmsprop = built(write_params, optimizer="rmsprop", learning_rate=5e-5, momentum=0.0, beta_2=0.9)
    assert isinstance(rmsprop, keras.optimizers.RMSprop)
    # The first step: rate * g / sqrt(0.1 g^2).
    np.testing.assert_allclose(path(rmsprop, 1), [-5e-5 / np.sqrt(0.1)], rtol=1e-5)


def test_the_players_have_optimisers_of_their_own(write_params):
    changes = {"discriminator.optimizer": "sgd", "generator.momentum": 0.25}
    params = read_params(write_params(**changes))
    players = params.generator, params.discriminator
    generator, discriminator = (player.build(1, params.annealing) for player in players)
    assert isinstance(discriminator, keras.optimizers.SGD)
    assert (generator.beta_1, discriminator.momentum) == (0.25, 0.5)


ANNEALED = {"annealing.iterations": 4, "annealing.learning_rate": 0.5, "annealing.beta_2": 0.5}
HALF_COSINE = [1, 0.5 + 0.5**1.5, 0.5, 0.5 - 0.5**1.5, 0, 0]


def test_annealed_rates_by_hand(write_params):
    """With two updates in each iteration the cosine has twice as many."""
    changes = {"generator.optimizer": "sgd", "generator.learning_rate": 0.1}
    changes |= {"generator.momentum": 0.0}
    params = read_params(write_params(**changes, **ANNEALED))
    expected = [-2 * (0.05 + 0.05 * part) for part in HALF_COSINE]
    got = path(params.generator.build(1, params.annealing), 6)
    np.testing.assert_allclose(np.diff([0, *got]), expected, rtol=1e-6)
    got = path(params.generator.build(1, params.annealing, 2), 12)
    np.testing.assert_allclose(np.diff([0, *got])[::2], expected, rtol=1e-6)


def test_annealed_beta_2_by_hand(write_params):
    """Adam written out, with another beta_2 at each update."""
    changes = {"generator.momentum": 0.0, "generator.beta_2": 0.9, "generator.learning_rate": 0.1}
    params = read_params(write_params(**changes, **ANNEALED))
    optimizer = params.generator.build(1, params.annealing)
    place, velocity, expected = 0.0, 0.0, []
    for update, part in enumerate(HALF_COSINE):
        beta, rate = 0.5 + 0.4 * part, 0.05 + 0.05 * part
        velocity += (1 - beta) * (4 - velocity)
        corrected = velocity / (1 - beta ** (update + 1))
        place -= rate * 2 / (corrected**0.5 + 1e-7)
        expected.append(place)
    np.testing.assert_allclose(path(optimizer, 6), expected, rtol=1e-6)


def test_annealed_average_by_hand(write_params):
    """The half-life goes from 1 update to 3."""
    changes = {"ema_decay": 0.5, **ANNEALED, "annealing.ema_decay": 0.5 ** (1 / 3)}
    params = read_params(write_params(**changes))
    decay = params.annealing.average_decay(params.ema_decay)
    for update, part in enumerate(HALF_COSINE):
        assert float(decay(update)) == pytest.approx(0.5 ** (1 / (3 - 2 * part)), rel=1e-6)


@pytest.mark.parametrize(
    "changes, told",
    [
        ({"generator.learning_rate_decay": 1.1}, "expected 1.0, since annealing is on"),
        ({"ema_decay": 0.9, "annealing.ema_decay": 0.0}, "above 0, since ema_decay is above 0"),
    ],
)
def test_annealing_that_contradicts_others(write_params, changes, told):
    with pytest.raises(UserError, match=told):
        read_params(write_params(**{"annealing.iterations": 10}, **changes))
