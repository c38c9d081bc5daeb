"""Augmentation: what it does to pictures, to gradients, and to a training."""

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from ganpkg import backend
from ganpkg.errors import UserError
from ganpkg.kinds.images import Images
from ganpkg.params import read_params
from ganpkg.training import augmentation, build
from ganpkg.training.augmentation import NUMBERS, change_colours, cut_out, move
from ganpkg.training.feed import Feed
from tests.small import SHIPPED
from tests.training.conftest import weights

RNG = np.random.default_rng(0)
PICTURES = RNG.uniform(-1, 1, (6, 9, 8, 3)).astype(np.float32)
ALL = {"colour": True, "translation": True, "cutout": True, "mirror": True}


def augment(classes=0, strength=1.0, shape=(9, 8, 3), **changes):
    section = type(SHIPPED.augmentation)(
        **{**SHIPPED.augmentation.model_dump(), "strength": strength, **(changes or ALL)}
    )
    return augmentation.Augmenter(section, shape, classes, batch_size=6)


def numbers(count=6):
    return np.random.default_rng(1).random((count, NUMBERS), dtype=np.float32)


def test_colours_by_hand():
    draws = np.array([[1.0, 0.5, 0.5], [0.5, 0.0, 0.5], [0.5, 0.5, 1.0]], np.float32)
    got = np.asarray(change_colours(PICTURES[:3], np.ones(3, np.float32), draws))
    np.testing.assert_allclose(got[0], PICTURES[0] + 0.5, atol=1e-6)
    grey = PICTURES[1].mean(axis=-1, keepdims=True).repeat(3, axis=-1)
    np.testing.assert_allclose(got[1], grey, atol=1e-6)
    mean = PICTURES[2].mean()
    np.testing.assert_allclose(got[2], mean + 1.5 * (PICTURES[2] - mean), atol=1e-6)


@pytest.mark.parametrize("down, right", [(0, 0), (1, 0), (0, -2), (-3, 2)])
@pytest.mark.parametrize("mirrored", [False, True])
def test_moves_by_hand(down, right, mirrored):
    shifts = np.array([[down, right]], np.float32)
    got = np.asarray(move(PICTURES[:1], shifts, np.array([mirrored], np.float32)))[0]
    picture = PICTURES[0, :, ::-1] if mirrored else PICTURES[0]
    expected = np.zeros_like(picture)
    for row in range(9):
        for column in range(8):
            if 0 <= row - down < 9 and 0 <= column - right < 8:
                expected[row, column] = picture[row - down, column - right]
    np.testing.assert_array_equal(got, expected)


def test_cutout_by_hand():
    draws = np.array([[0.5, 0.5], [0.0, 0.99]], np.float32)
    got = np.asarray(cut_out(PICTURES[:2], np.ones(2, np.float32), draws))
    expected = PICTURES[:2].copy()
    expected[0, 3:8, 2:6] = 0  # 5 of 9 rows around the sixth, 4 of 8 columns
    expected[1, :3, 6:] = 0  # what lies within
    np.testing.assert_array_equal(got, expected)


def test_shifts_reach_an_eighth_and_no_further():
    draws = np.stack([np.linspace(0, 1 - 2**-24, 1000, dtype=np.float32)] * 2, axis=1)
    got = np.asarray(augmentation.shifts_of(draws, (32, 28)))
    assert [np.unique(column).tolist() for column in got.T] == [
        list(range(-4, 5)), list(range(-4, 5)),
    ]  # fmt: skip


def test_nothing_leaks_at_strength_0():
    np.testing.assert_allclose(augment(strength=0.0)(PICTURES, numbers()), PICTURES, atol=1e-6)


def test_each_change_happens_as_often_as_the_strength_says():
    pictures = np.repeat(PICTURES[:1], 4000, axis=0)
    for name in ("colour", "translation", "cutout"):
        got = np.asarray(augment(strength=0.3, **{name: True})(pictures, numbers(4000)))
        changed = np.abs(got - pictures).max(axis=(1, 2, 3)) > 1e-5
        expected = 0.3 * (1 - 1 / 9 if name == "translation" else 1)  # one shift of 9 is none
        assert changed.mean() == pytest.approx(expected, abs=0.03), name


def test_classes_stay():
    rows = np.concatenate([PICTURES.reshape(6, -1), np.eye(6, 4, dtype=np.float32)], axis=1)
    got = np.asarray(augment(classes=4)(rows, numbers()))
    np.testing.assert_array_equal(got[:, -4:], rows[:, -4:])
    pictures = np.asarray(augment()(PICTURES, numbers()))
    np.testing.assert_array_equal(got[:, :-4].reshape(PICTURES.shape), pictures)


def test_gradients_against_finite_differences():
    change, draws = augment(), numbers(2).astype(np.float64)
    pictures = tf.constant(PICTURES[:2].astype(np.float64))
    probe = RNG.normal(size=(2, 9, 8, 3))
    slopes = backend.gradients(lambda x: ops.sum(probe * change(x, draws)), pictures).numpy()
    assert np.abs(slopes).max() > 0.1
    for place in [(0, 4, 4, 0), (1, 0, 7, 2), (1, 8, 3, 1)]:
        step = np.zeros(pictures.shape)
        step[place] = 1e-6
        ends = [np.sum(probe * change(pictures + sign * step, draws)) for sign in (1, -1)]
        assert slopes[place] == pytest.approx((ends[0] - ends[1]) / 2e-6, abs=1e-7)


@pytest.mark.parametrize("accuracy, step", [(1.0, 0.1), (0.81, 0.1), (0.79, -0.1), (0.5, -0.1)])
def test_the_strength_adapts_by_hand(accuracy, step):
    """0.8 of the reals taken for real is E sign D(x) = 0.6."""
    change = augment(strength=0.5, colour=True, adapt_over=60)
    change.adapt(np.float64(accuracy))
    assert float(change.strength) == pytest.approx(0.5 + step)
    for _ in range(10):
        change.adapt(np.float64(accuracy))
    assert 0 <= float(change.strength) <= 1


def training(digits, **changes):
    small = {"mlp.generator_units": [16], "mlp.discriminator_units": [8], "batch_size": 16}
    params = SHIPPED.changed({**small, **changes})
    gan, feed = build.gan(params, digits, Images()), Feed(params, digits)
    engine = build.engine(params, gan, feed)
    engine.run(feed.batches(0, 8))
    return gan


ON = {f"augmentation.{name}": True for name in ALL}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"update": "simultaneous"},
        {"update": "joint", "objective": "relativistic", "r1": 1.0, "r2": 1.0},
    ],
    ids=str,
)
def test_trainings_with_and_without(digits, changes):
    """At strength 0 nothing but the way of adding up differs from a training without."""
    backend.make_deterministic(0)
    without = weights(training(digits, **changes).generator)
    backend.make_deterministic(0)
    off = weights(training(digits, **changes, **ON, **{"augmentation.strength": 0.0}).generator)
    backend.make_deterministic(0)
    on = weights(training(digits, **changes, **ON).generator)
    np.testing.assert_allclose(off, without, atol=2e-5)
    assert np.abs(on - without).max() > 2e-4


def test_an_adaptive_strength_is_part_of_the_state(digits):
    gan = training(digits, **ON, **{"augmentation.adapt_over": 1000, "augmentation.strength": 0.5})
    assert gan.parts["augmentation"].variables[0] is gan.augmentation.strength
    assert any(variable is gan.augmentation.strength for variable in gan.variables)
    moved = (float(gan.augmentation.strength) - 0.5) / (16 / 1000)
    assert moved != 0 and moved == pytest.approx(round(moved), abs=1e-3)


@pytest.mark.parametrize(
    "changes, told",
    [
        (
            {"dataset": "ring"},
            "augmentation.colour: given True, expected false, since dataset ring",
        ),
        ({"engine": "textbook"}, "engine: given textbook, expected compiled, since augmentation"),
        (
            {"objective": "wasserstein", "augmentation.adapt_over": 10},
            "augmentation.adapt_over: given 10, expected 0, since objective wasserstein",
        ),
    ],
)
def test_augmentation_that_contradicts_others(write_params, changes, told):
    with pytest.raises(UserError, match=told):
        read_params(write_params(**ON, **changes))
