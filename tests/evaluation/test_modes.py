"""Modes found and samples of high quality, by hand and on real samples."""

import numpy as np
import pytest

from ganpkg.datasets import toys
from ganpkg.evaluation import evaluate_rows
from ganpkg.evaluation.modes import modes

CENTRES = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])


def test_by_hand():
    points = np.array([[0, 0], [0, 3.0], [0, 3.01], [10, -2], [9, 9], [0, 6]])
    found = modes(points, CENTRES, 1.0)
    assert found == {"modes_found": 2, "high_quality_share": 3 / 6}


def test_no_sample_of_high_quality():
    assert modes(np.full((5, 2), 5.0), CENTRES, 1.0) == {
        "modes_found": 0,
        "high_quality_share": 0.0,
    }


@pytest.mark.parametrize("name, count", [("ring", 8), ("grid", 25)])
def test_real_samples_find_all(name, count):
    data = toys.load(name, 0)
    numbers = evaluate_rows(data.valid.samples, data.test.samples, data.table)
    for suffix in ("", "_control"):
        assert numbers[f"modes_found{suffix}"] == count
        # 1 - exp(-9 / 2) of a Gaussian in the plane; 5 sigma of a share of 10,000
        assert numbers[f"high_quality_share{suffix}"] == pytest.approx(0.98889, abs=0.0053)


def test_missing_modes_and_noise_show():
    data = toys.load("grid", 0)
    right = data.test.samples[data.table.restored(data.test.samples)[:, 0] > 1]
    numbers = evaluate_rows(right, data.test.samples, data.table)
    assert numbers["modes_found"] == 10 and numbers["high_quality_share"] > 0.98
    noise = np.random.default_rng(0).normal(size=(10_000, 2))
    assert evaluate_rows(noise, data.test.samples, data.table)["high_quality_share"] < 0.05


def test_tables_without_known_modes():
    data = toys.load("parabola", 0)
    assert evaluate_rows(data.valid.samples, data.test.samples, data.table) == {}
