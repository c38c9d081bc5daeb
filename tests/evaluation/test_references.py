"""The metrics against public reference implementations and closed forms."""

from dataclasses import replace

import numpy as np
import ot
import pytest
from prdc import compute_prdc

from ganpkg.evaluation.metrics.classifier_score import classifier_score
from ganpkg.evaluation.metrics.classifier_test import two_sample_accuracy
from ganpkg.evaluation.metrics.copying import copying, z_of_u
from ganpkg.evaluation.metrics.density_coverage import density_coverage
from ganpkg.evaluation.metrics.nearest_neighbour_test import nearest_neighbour_test
from ganpkg.evaluation.metrics.precision_recall import precision_recall
from ganpkg.evaluation.metrics.sliced_wasserstein import sliced_distance
from ganpkg.evaluation.neighbours import nearest_in_train
from ganpkg.evaluation.sample_set import SampleSet
from tests.evaluation import frechet_distance


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def sample_set(features, probabilities=None):
    count = len(features)
    probabilities = np.ones((count, 1)) if probabilities is None else probabilities
    return SampleSet(features, probabilities, np.zeros(count, bool))


@pytest.mark.parametrize("shift, scale", [(0, 1), (0.4, 1), (0, 0.5), (0.3, 1.5)])
def test_precision_recall_density_coverage_against_prdc(rng, shift, scale):
    x, y = rng.normal(size=(700, 6)), shift + scale * rng.normal(size=(700, 6))
    found = {
        **precision_recall(sample_set(x), sample_set(y)),
        **density_coverage(sample_set(x), sample_set(y)),
    }
    of_three, of_five = (compute_prdc(x, y, nearest_k=k) for k in (3, 5))
    for name in ("precision", "recall"):
        assert found[name] == pytest.approx(of_three[name], rel=1e-6)
    for name in ("density", "coverage"):
        assert found[name] == pytest.approx(of_five[name], rel=1e-6)


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
    assert sliced_distance(x, y) == pytest.approx(expected, rel=1e-6)
    # On a line, a shift costs what it is.
    assert sliced_distance(x[:, :1], x[:, :1] + 0.7) == pytest.approx(0.7, rel=1e-9)


def test_one_nearest_neighbour_by_brute_force(rng):
    x, y = rng.normal(size=(60, 2)), rng.normal(size=(60, 2)) + 0.5
    both, truth = np.concatenate([x, y]), np.repeat([True, False], 60)
    distances = np.linalg.norm(both[:, None] - both[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    rightly = truth[distances.argmin(axis=1)] == truth
    found = nearest_neighbour_test(sample_set(x), sample_set(y))
    assert found["neighbour_accuracy_real"] == rightly[:60].mean()
    assert found["neighbour_accuracy_fake"] == rightly[60:].mean()


def test_told_apart(rng):
    x, y = rng.normal(size=(1000, 5)), rng.normal(size=(1000, 5))
    assert 0.45 < two_sample_accuracy(x, y) < 0.55
    assert two_sample_accuracy(x, y + 1) > 0.75


@pytest.mark.parametrize("count", [60, 200])
def test_few_samples_are_told_apart_too(rng, count):
    """Training is counted in steps: 30 passes over 60 samples are 30 steps, which learn nothing."""
    found = [two_sample_accuracy(x, y + 1) for x, y in rng.normal(size=(8, 2, count, 5))]
    assert np.mean(found) > 0.75


def test_classifier_score_by_hand():
    sure = np.eye(4)[[0, 1, 2, 3, 0, 1, 2, 3]]
    assert classifier_score(None, sample_set(np.zeros((8, 1)), sure)) == {
        "classifier_score": pytest.approx(4)
    }
    unsure = np.full((8, 4), 0.25)
    assert classifier_score(None, sample_set(np.zeros((8, 1)), unsure)) == {
        "classifier_score": pytest.approx(1)
    }
    half = np.array([[0.75, 0.25], [0.25, 0.75]])
    information = 0.75 * np.log(1.5) + 0.25 * np.log(0.5)
    assert classifier_score(None, sample_set(np.zeros((2, 1)), half)) == {
        "classifier_score": pytest.approx(np.exp(information))
    }


def test_standardized_u_by_hand():
    """Every fake below every real: U = 0, so z = -(n m / 2) / sqrt(n m (n + m + 1) / 12)."""
    z = z_of_u(np.arange(4.0), np.arange(4.0, 10.0))
    assert z == pytest.approx(-12 / np.sqrt(24 * 11 / 12))
    assert z_of_u(np.arange(4.0, 10.0), np.arange(4.0)) == pytest.approx(-z)


class Compared:
    """Computes the numbers of samples, and their nearest training samples."""

    def __init__(self, train, held_out):
        self.train = sample_set(train)
        self.held_out = replace(sample_set(held_out), train=self.train)

    def __call__(self, features):
        samples = replace(sample_set(features), train=self.train)
        return copying(self.held_out, samples), nearest_in_train(samples)


def test_copies_show_and_honest_samples_do_not(rng):
    train, held_out, honest = (rng.normal(size=(n, 4)) for n in (2000, 500, 500))
    test = Compared(train, held_out)
    copies = train[:500] + 0.01 * rng.normal(size=(500, 4))
    of_honest, far = test(honest)
    of_copies, near = test(copies)
    assert abs(of_honest["copying_c_t"]) < 3
    # About as low as 50 against 50 in each of ten cells can be: U = 0.
    lowest = np.sqrt(10) * z_of_u(np.zeros(50), np.ones(50))
    assert of_copies["copying_c_t"] < 0.9 * lowest
    assert test(honest * 3)[0]["copying_c_t"] > 5
    assert test(train[:500])[0]["neighbour_distance_ratio"] == 0
    assert of_honest["neighbour_distance_ratio"] > 0.6
    np.testing.assert_array_equal(near.index, np.arange(500))
    assert near.first.max() < 0.1 < far.first.mean()
    # 19 are too few for the test, which then says nothing, 20 are not.
    assert "copying_c_t" not in Compared(train, held_out[:19])(train[:19])[0]
    assert Compared(train, held_out[:20])(train[:20])[0]["copying_c_t"] < -5


def test_by_chance_the_copying_score_moves_by_one(rng):
    scores = []
    for _ in range(40):
        train, reals, samples = (rng.normal(size=(n, 3)) for n in (1000, 400, 400))
        scores.append(Compared(train, reals)(samples)[0]["copying_c_t"])
    # 4 standard errors of a mean and of a deviation over 40 values
    assert abs(np.mean(scores)) < 0.64 and abs(np.std(scores) - 1) < 0.45


def test_training_samples_twice_over_are_copies_too(rng):
    """A training sample that lies in the split twice has both neighbours at distance 0."""
    train = np.repeat(rng.normal(size=(100, 3)), 2, axis=0)
    test = Compared(train, rng.normal(size=(50, 3)))
    assert test(train[:50])[0]["neighbour_distance_ratio"] == 0
