"""Rows of numbers: the toy datasets, a user's table, and files that are no tables."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist

from ganpkg.datasets import dataset
from ganpkg.datasets.csv import CSV
from ganpkg.datasets.grid import Grid
from ganpkg.datasets.parabola import Parabola
from ganpkg.datasets.points import POINTS
from ganpkg.datasets.ring import Ring
from ganpkg.errors import UserError
from ganpkg.kinds.rows import Rows

TOYS = {"parabola": Parabola(), "ring": Ring(), "grid": Grid()}


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    year = rng.integers(1900, 2000, 200)
    return pd.DataFrame({"year": year, "income in $": 1e9 + 1e3 * year + rng.normal(size=200)})


def restored(data, name="train"):
    return data.kind.unscale(data.splits[name].samples)


@pytest.mark.parametrize("name", TOYS)
def test_toys_follow_from_the_seed_and_are_scaled_by_train(name):
    data, again, other = (TOYS[name].load(seed, None) for seed in (3, 3, 4))
    for split in data.splits.values():
        assert split.samples.shape == (POINTS, 2) and split.samples.dtype == np.float32
        assert not split.labels.any()
    np.testing.assert_allclose(data.train.samples.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(data.train.samples.std(axis=0), 1, atol=1e-5)
    np.testing.assert_array_equal(data.test.samples, again.test.samples)
    assert not np.isclose(data.test.samples, other.test.samples).all(axis=1).any()
    assert not np.isclose(data.test.samples, data.train.samples).all(axis=1).any()


def test_parabola():
    x, y = restored(Parabola().load(0, None)).T
    np.testing.assert_allclose(y, x**2, atol=1e-6)
    assert -0.5 <= x.min() < -0.49 and 0.49 < x.max() <= 0.5


@pytest.mark.parametrize(
    "name, modes, deviation, extent", [("ring", 8, 0.02, 2), ("grid", 25, 0.05, 4)]
)
def test_mixtures(name, modes, deviation, extent):
    data = TOYS[name].load(0, None)
    centres = np.array(data.kind.modes)
    assert centres.shape == (modes, 2) and np.abs(centres).max() == pytest.approx(extent)
    assert data.kind.mode_deviation == deviation
    points = restored(data)
    nearest = cdist(points, centres).argmin(axis=1)
    counts = np.bincount(nearest, minlength=modes)
    # 5 sigma of a binomial count, and of a variance over 2 n values
    expected = POINTS / modes
    assert np.abs(counts - expected).max() < 5 * np.sqrt(expected)
    offsets = points - centres[nearest]
    assert abs(offsets.var() / deviation**2 - 1) < 5 / np.sqrt(POINTS)


def test_csv_rows_come_back_in_their_own_units(table, tmp_path):
    table.to_csv(tmp_path / "table.csv", index=False)
    data = CSV().load(0, tmp_path)
    assert [len(split.samples) for split in data.splits.values()] == [140, 30, 30]
    assert data.kind.columns == ["year", "income in $"]
    np.testing.assert_allclose(data.train.samples.std(axis=0), 1, atol=1e-5)
    rows = np.concatenate([restored(data, name) for name in data.splits])
    lows, highs = data.kind.lows, data.kind.highs
    order, expected = np.lexsort(rows.T), table.clip(lows, highs, axis=1)
    # float32 of scaled values: 1e-7 of a deviation, whatever the offset
    tolerance = 1e-6 * table.std().to_numpy()
    difference = np.abs(rows[order] - expected.to_numpy()[np.lexsort(expected.to_numpy().T)])
    assert (difference < tolerance).all()


def test_a_column_keeps_its_type_range_and_decimals(tmp_path):
    random = np.random.default_rng(0)
    given = pd.DataFrame(
        {
            "age": random.integers(18, 90, 300),
            "smoker": random.random(300) < 0.2,
            "sex": random.integers(0, 2, 300),
            "price": random.lognormal(3, 1, 300).round(2),
            "half": random.integers(0, 9, 300) / 2,
            "whole": random.integers(0, 9, 300) * 1.0,
            "share": random.random(300),
            "id": random.integers(2**60, 2**62, 300),  # in 64 bits only
        }
    )
    given.to_csv(tmp_path / "table.csv", index=False)
    data = CSV().load(0, tmp_path)
    back = data.kind.to_user(data.train.samples)
    assert [str(kind) for kind in back.dtypes] == [
        "int64", "bool", "int64", "float64", "float64", "float64", "float64", "float64"
    ]  # fmt: skip
    assert data.kind.decimals == [0, 0, 0, 2, 1, 0, None, 0]
    exact = list(given.columns[:6])
    rows = given[exact].value_counts()
    assert (rows[back[exact].value_counts().index] > 0).all()
    wild = data.kind.to_user(100 * random.normal(size=(1000, 8)).astype(np.float32))
    pd.testing.assert_frame_equal(wild.agg(["min", "max"]), back.agg(["min", "max"]))
    generated = data.kind.to_user(random.normal(size=(1000, 8)).astype(np.float32))
    assert (generated["price"].round(2) == generated["price"]).all()
    assert (2 * generated["half"] % 1 > 0).any()  # one decimal, as the column has at most


def test_outliers_neither_destroy_the_scale_nor_vanish():
    values = np.random.default_rng(0).normal(50, 3, (1500, 1))
    values[[7, 70, 700]] = [[1e7], [-1e7], [1.7e308]]
    table = Rows.from_rows(["x"], values)
    plain = np.abs(values[:, 0]) < 1e6
    assert table.means == pytest.approx([values[plain].mean()], rel=1e-12)
    assert table.deviations == pytest.approx([values[plain].std()], rel=1e-12)
    scaled = table.scale(values)
    assert scaled.dtype == np.float32 and np.abs(scaled[plain]).max() < 5
    log = np.log1p((1e7 - 50) / table.deviations[0])
    np.testing.assert_allclose(scaled[[7, 70], 0], [5 + log, -5 - log], rtol=1e-3)
    back = table.unscale(scaled)
    np.testing.assert_allclose(back[plain], values[plain], atol=1e-5)
    np.testing.assert_allclose(back[[7, 70]], values[[7, 70]], rtol=1e-5)
    np.testing.assert_allclose(back[700], values[700], rtol=1e-4)  # a logarithm of 700 in 32 bits


@pytest.mark.parametrize(
    "some, scale_of", [([3.0, 4, 5, 6] * 5, 100), ([1.0] * 20, 100), ([3.0, 4, 5, 1e7] * 5, 95)]
)
def test_of_a_column_that_is_mostly_zero_the_rest_has_the_fences(some, scale_of):
    values = np.sort(np.concatenate([np.zeros(80), some]))
    table = Rows.from_rows(["x"], values[:, None])
    assert table.deviations == [values[:scale_of].std()] and table.means == [
        values[:scale_of].mean()
    ]


@pytest.mark.parametrize("count, share", [(100, 30), (299, 30), (310, 31), (5000, 500)])
def test_enough_is_kept_from_training_to_evaluate(tmp_path, count, share):
    pd.DataFrame({"x": np.arange(count)}).to_csv(tmp_path / "table.csv", index=False)
    data = CSV().load(0, tmp_path)
    sizes = [len(split.samples) for split in data.splits.values()]
    assert sizes == [count - 2 * share, share, share]


def test_a_column_may_be_called_na(table, tmp_path):
    table.columns = ["NA", "null"]
    table.to_csv(tmp_path / "table.csv", index=False)
    assert CSV().load(0, tmp_path).kind.columns == ["NA", "null"]


def test_a_saved_table_comes_back(table, tmp_path):
    table.to_csv(tmp_path / "table.csv", index=False)
    for data in (CSV().load(0, tmp_path), Ring().load(0, None)):
        dataset.save(data, tmp_path)
        assert dataset.open_kind(tmp_path) == data.kind
        assert dataset.open_classes(tmp_path) == {}
        opened = dataset.open_split(tmp_path / "test").samples
        np.testing.assert_array_equal(opened, data.test.samples)


@pytest.mark.parametrize("content", [None, "{", '{"columns": 1}'])
def test_damaged_table_json(tmp_path, content):
    if content:
        (tmp_path / "table.json").write_text(content)
    with pytest.raises(UserError, match=r"table\.json: (no such file|is damaged)"):
        dataset.open_kind(tmp_path)


def replaced(line, text):
    """Changes one line of the CSV, counted from 1."""

    def change(lines):
        return [*lines[: line - 1], text, *lines[line:]]

    return change


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda lines: [], "cannot be read as a table: No columns"),
        (lambda lines: lines[:60], "59 rows, expected at least 100"),
        (lambda lines: lines[1:], "line 1: given 19.*, expected the columns' names"),
        (replaced(1, "year,year"), "line 1: the column 'year' stands twice"),
        (replaced(1, "year,"), "line 1: given year,nan, expected the columns' names"),
        (replaced(1, "year"), "line 2: more entries than the first line has names"),
        (replaced(4, "1,2,3"), "cannot be read as a table: .*Expected 2 fields in line 4, saw 3"),
        (replaced(3, "1950,rich"), r"row 2, column 'income in \$': given rich, expected"),
        (replaced(3, "1950,"), r"row 2, column 'income in \$': given nan, expected"),
        (replaced(3, "inf,1"), "row 2, column 'year': given inf"),
        (replaced(3, "True,1"), "row 2, column 'year': given True, expected a finite number"),
        (
            lambda lines: [lines[0], *(f"7,{line.split(',')[1]}" for line in lines[1:])],
            "column 'year': all 140 rows that train are equal; remove the column",
        ),
        (
            lambda lines: [lines[0], *(f"{(-1) ** n}.7e308,{n}" for n in range(200))],
            r"column 'year': its numbers, from -1\.7e\+308 to 1\.7e\+308, cannot be scaled",
        ),
    ],
)  # fmt: skip
def test_a_csv_that_is_no_table_of_numbers(table, tmp_path, change, message):
    lines = table.to_csv(index=False).splitlines()
    (tmp_path / "table.csv").write_text("\n".join(change(lines)))
    with pytest.raises(UserError, match=message) as refusal:
        CSV().load(0, tmp_path)
    assert str(refusal.value).startswith(str(tmp_path / "table.csv"))


def test_csv_missing_or_binary(tmp_path):
    with pytest.raises(UserError, match="no such file, expected a table of numbers"):
        CSV().load(0, tmp_path)
    (tmp_path / "table.csv").write_bytes(bytes(range(128, 256)) * 50)
    with pytest.raises(UserError, match="cannot be read as a table"):
        CSV().load(0, tmp_path)
