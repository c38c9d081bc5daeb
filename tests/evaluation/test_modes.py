"""Modes found and samples of high quality, by hand and on real samples."""

import numpy as np
import pytest

from ganpkg.datasets import toys
from ganpkg.evaluation.metrics import judge_rows
from ganpkg.evaluation.modes import modes

CENTRES = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])


def test_by_hand():
    points = np.array([[0, 0], [0, 3.0], [0, 3.01], [10, -2], [9, 9], [0, 6]])
    found = modes(points, CENTRES, 1.0)
    assert found["modes_found"] == 2
    assert found["high_quality_share"].tolist() == [True, True, False, True, False, False]


def test_no_sample_of_high_quality():
    found = modes(np.full((5, 2), 5.0), CENTRES, 1.0)
    assert found["modes_found"] == 0 and not found["high_quality_share"].any()


@pytest.mark.parametrize("name, count", [("ring", 8), ("grid", 25)])
def test_real_samples_find_all(name, count):
    data = toys.load(name, 0)
    numbers = judge_rows(data.test.samples, data.valid.samples, data.table)
    assert numbers["modes_found"] == count
    # 1 - exp(-9 / 2) of a Gaussian in the plane; 5 sigma of a share of 10,000
    assert numbers["high_quality_share"].mean() == pytest.approx(0.98889, abs=0.0053)
    assert numbers["sliced_wasserstein"] < 0.05


def test_missing_modes_and_noise_show():
    data = toys.load("grid", 0)
    right = data.test.samples[data.table.restored(data.test.samples)[:, 0] > 1]
    numbers = judge_rows(data.test.samples, right, data.table)
    assert numbers["modes_found"] == 10 and numbers["high_quality_share"].mean() > 0.98
    noise = np.random.default_rng(0).normal(size=(10_000, 2))
    of_noise = judge_rows(data.test.samples, noise, data.table)
    assert of_noise["high_quality_share"].mean() < 0.05
    assert numbers["sliced_wasserstein"] > 0.5 > of_noise["sliced_wasserstein"] > 0.05


def test_tables_without_known_modes():
    data = toys.load("parabola", 0)
    assert set(judge_rows(data.test.samples, data.valid.samples, data.table)) == {
        "sliced_wasserstein"
    }
