"""Modes found and samples of high quality, by hand and on real samples."""

import numpy as np
import pytest

from ganpkg.datasets.grid import Grid
from ganpkg.datasets.parabola import Parabola
from ganpkg.datasets.ring import Ring
from ganpkg.evaluation.metrics.column_distance import column_distance
from ganpkg.evaluation.metrics.modes import count_modes, modes
from ganpkg.evaluation.metrics.sliced_wasserstein import sliced_wasserstein
from ganpkg.evaluation.sample_set import SampleSet
from ganpkg.kinds.rows import Rows

CENTRES = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])


def row_numbers(reference, rows, kind):
    reference, samples = (
        SampleSet(part, np.empty((len(part), 0)), None, rows=part, kind=kind)
        for part in (reference, rows)
    )
    parts = (modes, sliced_wasserstein, column_distance)
    return {name: value for part in parts for name, value in part(reference, samples).items()}


def test_by_hand():
    points = np.array([[0, 0], [0, 3.0], [0, 3.01], [10, -2], [9, 9], [0, 6]])
    numbers = count_modes(points, CENTRES, 1.0)
    assert numbers["modes_found"] == 2
    assert numbers["high_quality_share"] == 0.5


def test_a_mode_counts_with_a_fifth_of_its_fair_share():
    """Of 300 samples and 3 modes a fair share is 100."""
    points = np.repeat(CENTRES, [261, 20, 19], axis=0)
    assert count_modes(points, CENTRES, 1.0)["modes_found"] == 2


def test_no_sample_of_high_quality():
    numbers = count_modes(np.full((5, 2), 5.0), CENTRES, 1.0)
    assert numbers == {"modes_found": 0, "high_quality_share": 0}


@pytest.mark.parametrize("size", [30, 500, 10_000])
@pytest.mark.parametrize("name, count", [("ring", 8), ("grid", 25)])
def test_noise_in_the_plane_finds_no_mode_and_real_samples_find_them(name, count, size):
    data = {"ring": Ring, "grid": Grid}[name]().load(0, None)
    reals, test = data.valid.samples[:size], data.test.samples[:size]
    low, high = data.train.samples.min(axis=0), data.train.samples.max(axis=0)
    noise = np.random.default_rng(0).uniform(low, high, (size, 2))
    real, of_noise = (row_numbers(test, rows, data.kind) for rows in (reals, noise))
    assert of_noise["modes_found"] <= 1 and of_noise["high_quality_share"] < 0.1
    assert real["modes_found"] >= 0.5 * count  # 30 samples cannot find 25 modes
    if size > 100:
        assert real["modes_found"] == count
        # 1 - exp(-9 / 2) of a Gaussian in the plane; 5 sigma of a share
        bound = 5 * np.sqrt(0.98889 * 0.01111 / size)
        assert real["high_quality_share"] == pytest.approx(0.98889, abs=bound)


def test_missing_modes_show():
    data = Grid().load(0, None)
    right = data.test.samples[data.kind.unscale(data.test.samples)[:, 0] > 1]
    numbers = row_numbers(data.test.samples, right, data.kind)
    assert numbers["modes_found"] == 10 and numbers["high_quality_share"] > 0.98
    assert numbers["sliced_wasserstein"] > 0.5
    assert numbers["column_distance"] == pytest.approx(
        0.6, abs=0.02
    )  # three of five columns of modes
    whole = row_numbers(data.test.samples, data.valid.samples, data.kind)
    assert whole["sliced_wasserstein"] < 0.05 and whole["column_distance"] < 0.03


def test_tables_without_known_modes():
    data = Parabola().load(0, None)
    found = row_numbers(data.test.samples, data.valid.samples, data.kind)
    assert set(found) == {"sliced_wasserstein", "column_distance"}


def test_outliers_do_not_hide_that_all_other_values_are_wrong():
    """Three values of 10^7 among 1,500: whoever scales by the deviation sees no difference."""
    random = np.random.default_rng(0)
    reals, others, wrong = (random.normal(size=(1500, 2)) for _ in range(3))
    wrong[:, 1] *= 1000
    for rows in (reals, others, wrong):
        rows[:3, 1] = 1e7
    deviation, kind = reals.std(axis=0), Rows.from_rows(["x", "y"], reals)
    assert row_numbers(reals / deviation, others / deviation, kind)["column_distance"] < 0.06
    assert row_numbers(reals / deviation, wrong / deviation, kind)["column_distance"] > 0.45
