"""The metrics against public reference implementations and closed forms."""

import numpy as np
import ot
import pytest
from prdc import compute_prdc

from ganpkg.evaluation import copying, metrics, neighbours
from ganpkg.evaluation.classifier_test import p_value, told_apart
from ganpkg.evaluation.embedded import Embedded
from ganpkg.evaluation.fid import extrapolated, fid
from ganpkg.evaluation.frechet import Gaussian
from ganpkg.evaluation.neighbours import between, reaches
from ganpkg.evaluation.sliced_wasserstein import sliced_wasserstein
from tests.evaluation import frechet_distance


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def seen(features, probabilities=None):
    count = len(features)
    probabilities = np.ones((count, 1)) if probabilities is None else probabilities
    return Embedded(features, probabilities, np.zeros(count, bool))


@pytest.mark.parametrize("shift, scale", [(0, 1), (0.4, 1), (0, 0.5), (0.3, 1.5)])
def test_precision_recall_density_coverage_against_prdc(rng, shift, scale):
    x, y = rng.normal(size=(700, 6)), shift + scale * rng.normal(size=(700, 6))
    found = {
        **metrics.precision_recall(seen(x), seen(y)),
        **metrics.density_coverage(seen(x), seen(y)),
    }
    of_three, of_five = (compute_prdc(x, y, nearest_k=k) for k in (3, 5))
    for name in ("precision", "recall"):
        assert np.mean(found[name]) == pytest.approx(of_three[name], rel=1e-6)
    for name in ("density", "coverage"):
        assert np.mean(found[name]) == pytest.approx(of_five[name], rel=1e-6)


def test_distances_of_gaussians_against_pot(rng):
    x, y = rng.normal(size=(500, 5)) @ rng.normal(size=(5, 5)), rng.normal(size=(400, 5)) + 1
    squared = (
        ot.gaussian.bures_wasserstein_distance(
            x.mean(axis=0), y.mean(axis=0), np.cov(x, rowvar=False), np.cov(y, rowvar=False)
        )
        ** 2
    )
    assert frechet_distance(x, y) == pytest.approx(squared, rel=1e-6)


def test_sliced_wasserstein_against_pot_and_in_closed_form(rng):
    x, y = rng.normal(size=(300, 3)), 1.5 * rng.normal(size=(300, 3)) + 0.2
    directions = np.random.default_rng(0).normal(size=(100, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    expected = ot.sliced_wasserstein_distance(x, y, projections=directions.T, p=1)
    assert sliced_wasserstein(x, y) == pytest.approx(expected, rel=1e-6)
    # On a line, a shift costs what it is.
    assert sliced_wasserstein(x[:, :1], x[:, :1] + 0.7) == pytest.approx(0.7, rel=1e-9)


def test_extrapolation_takes_out_the_bias_of_few_samples(rng):
    """The true distance of two equal distributions is 0; FID at 1,000 samples is not."""
    reference = rng.normal(size=(50_000, 16))
    gaussian = Gaussian(reference)
    found = [extrapolated(gaussian, rng.normal(size=(1000, 16))) for _ in range(20)]
    biased = frechet_distance(reference, rng.normal(size=(1000, 16)))
    assert abs(np.mean([infinity for infinity, _ in found])) < biased / 4
    assert all(0 < error < biased for _, error in found)


def test_of_few_samples_nothing_is_extrapolated(rng):
    def seen(count, features):
        return Embedded(rng.normal(size=(count, features)), np.empty((count, 0)), np.empty(0))

    for count, features in ((1000, 2), (6400, 64)):
        assert "fid_infinity" in fid(seen(count, features), seen(count, features))
        few = fid(seen(count, features), seen(count - 1, features))
        assert set(few) == {"fid"}


def test_one_nearest_neighbour_by_brute_force(rng):
    x, y = rng.normal(size=(60, 2)), rng.normal(size=(60, 2)) + 0.5
    both, truth = np.concatenate([x, y]), np.repeat([True, False], 60)
    distances = np.linalg.norm(both[:, None] - both[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    rightly = truth[distances.argmin(axis=1)] == truth
    found = metrics.nearest_neighbour_test(seen(x), seen(y))
    np.testing.assert_array_equal(found["neighbour_accuracy_real"], rightly[:60])
    np.testing.assert_array_equal(found["neighbour_accuracy_fake"], rightly[60:])


def test_neighbours_do_not_depend_on_the_chunks(rng, monkeypatch):
    x, y = seen(rng.normal(size=(300, 4))), seen(rng.normal(size=(300, 4)))
    whole = between(x, y)
    between.cache_clear()
    monkeypatch.setattr(neighbours, "MEGABYTES", 0.05)
    parts = between(x, y)
    for one, other in zip(whole, parts):
        np.testing.assert_array_equal(one, other)
    assert reaches(x).shape == (300, 5) and (np.diff(reaches(x), axis=1) >= 0).all()


def test_told_apart_and_its_p_value(rng):
    x, y = rng.normal(size=(1000, 5)), rng.normal(size=(1000, 5))
    same, p_same = told_apart(x, y)
    apart, p_apart = told_apart(x, y + 1)
    assert 0.45 < same < 0.55 and p_same > 0.01
    assert apart > 0.75 and p_apart < 1e-6
    assert [p_value(right, 2) for right in range(3)] == pytest.approx([1, 0.75, 0.25])


def test_p_values_are_even_where_nothing_differs(rng):
    found = [told_apart(*rng.normal(size=(2, 200, 3)))[1] for _ in range(40)]
    assert 8 <= sum(p < 0.5 for p in found) <= 32  # 1 in 5,000 beyond


def test_classifier_score_by_hand():
    sure = np.eye(4)[[0, 1, 2, 3, 0, 1, 2, 3]]
    assert metrics.classifier_score(None, seen(np.zeros((8, 1)), sure)) == {
        "classifier_score": pytest.approx(4)
    }
    unsure = np.full((8, 4), 0.25)
    assert metrics.classifier_score(None, seen(np.zeros((8, 1)), unsure)) == {
        "classifier_score": pytest.approx(1)
    }
    half = np.array([[0.75, 0.25], [0.25, 0.75]])
    information = 0.75 * np.log(1.5) + 0.25 * np.log(0.5)
    assert metrics.classifier_score(None, seen(np.zeros((2, 1)), half)) == {
        "classifier_score": pytest.approx(np.exp(information))
    }


def test_standardised_u_by_hand():
    """Every fake below every real: U = 0, so z = -(n m / 2) / sqrt(n m (n + m + 1) / 12)."""
    z = copying.z_of_u(np.arange(4.0), np.arange(4.0, 10.0))
    assert z == pytest.approx(-12 / np.sqrt(24 * 11 / 12))
    assert copying.z_of_u(np.arange(4.0, 10.0), np.arange(4.0)) == pytest.approx(-z)


def test_copies_show_and_honest_samples_do_not(rng):
    train, held_out, honest = (rng.normal(size=(n, 4)) for n in (2000, 500, 500))
    test = copying.Copying(train, held_out)
    copies = train[:500] + 0.01 * rng.normal(size=(500, 4))
    of_honest, distances, _ = test(honest)
    of_copies, near, which = test(copies)
    assert abs(of_honest["copying_c_t"]) < 3
    # About as low as 50 against 50 in each of ten cells can be: U = 0.
    lowest = np.sqrt(10) * copying.z_of_u(np.zeros(50), np.ones(50))
    assert of_copies["copying_c_t"] < 0.9 * lowest
    assert test(honest * 3)[0]["copying_c_t"] > 5
    assert test(train[:500])[0]["neighbour_distance_ratio"].max() == 0
    assert of_honest["neighbour_distance_ratio"].mean() > 0.6
    np.testing.assert_array_equal(which, np.arange(500))
    assert near.max() < 0.1 < distances.mean()
    # 19 are too few for the test, which then says nothing, 20 are not.
    assert "copying_c_t" not in copying.Copying(train, held_out[:19])(train[:19])[0]
    assert copying.Copying(train, held_out[:20])(train[:20])[0]["copying_c_t"] < -5


def test_by_chance_the_copying_score_moves_by_one(rng):
    scores = []
    for _ in range(40):
        train, reals, samples = (rng.normal(size=(n, 3)) for n in (1000, 400, 400))
        scores.append(copying.Copying(train, reals)(samples)[0]["copying_c_t"])
    # 4 standard errors of a mean and of a deviation over 40 values
    assert abs(np.mean(scores)) < 0.64 and abs(np.std(scores) - 1) < 0.45


def test_training_samples_twice_over_are_copies_too(rng):
    """A training sample that lies in the split twice has both neighbours at distance 0."""
    train = np.repeat(rng.normal(size=(100, 3)), 2, axis=0)
    test = copying.Copying(train, rng.normal(size=(50, 3)))
    assert test(train[:50])[0]["neighbour_distance_ratio"].tolist() == [0.0] * 50
