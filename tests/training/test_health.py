"""Collapse and a discriminator that has won are noticed, once each, when they happen."""

import numpy as np
import pytest

from ganpkg.training.health import Diversity, Warnings, mean_distance

REALS = np.random.default_rng(0).normal(size=(64, 5))
FINE = {"step": 100, "d_accuracy_real": 0.7, "d_accuracy_fake": 0.8, "diversity": 0.9}


def test_mean_distance_by_hand():
    assert mean_distance(np.array([[[0.0, 0]], [[3, 4]], [[0, 0]]])) == pytest.approx(10 / 3)


@pytest.mark.parametrize("factor", [1.0, 0.5, 0.0])
def test_diversity_is_a_share_of_the_real_one_wherever_the_samples_lie(factor):
    samples = factor * REALS + 3
    diversity = Diversity(lambda points, training: samples, np.zeros((64, 2)), REALS)
    assert diversity() == pytest.approx(factor)


def test_each_warning_comes_once_and_names_the_iteration():
    monitor = Warnings()
    assert monitor.of(FINE) == []
    collapsed = {**FINE, "step": 1200, "diversity": 0.05}
    (warning,) = monitor.of(collapsed)
    assert warning.startswith("iteration 1,200: the samples are nearly alike (diversity 0.050")
    assert monitor.of({**collapsed, "step": 1300}) == []
    won = {**collapsed, "step": 1400, "d_accuracy_real": 1.0, "d_accuracy_fake": 1.0}
    (warning,) = monitor.of(won)
    assert warning.startswith("iteration 1,400: the discriminator makes no mistakes")


def test_accuracies_of_a_critic_warn_of_nothing():
    won = {**FINE, "d_accuracy_real": 1.0, "d_accuracy_fake": 1.0}
    assert Warnings().of({**won, "wasserstein_distance": 1.5}) == []
    assert len(Warnings().of(won)) == 1
