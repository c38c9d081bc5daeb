"""Tables as other programs write them: separators, decimal commas, encodings, an index."""

import numpy as np
import pandas as pd
import pytest

from ganpkg.datasets import csv
from ganpkg.errors import UserError


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "Größe": rng.normal(size=120) * 1e3,
            "Zahl, ganz": np.arange(120.0) % 7,
            "c": rng.random(120),
        }
    )


def assert_read(file, table):
    """The numbers that are read must be equal to the last bit."""
    pd.testing.assert_frame_equal(csv.read(file), table, check_exact=True)


@pytest.mark.parametrize(
    "sep, decimal, encoding, notes",
    [
        (",", ".", "utf-8", ""),
        (",", ".", "utf-8-sig", ""),
        (",", ".", "latin-1", "ISO 8859-1"),
        (";", ",", "latin-1", "semicolons between columns, decimal commas, ISO 8859-1"),
        (";", ",", "utf-8-sig", "semicolons between columns, decimal commas"),
        (";", ".", "utf-8", "semicolons between columns"),
        ("\t", ",", "utf-8", "tabs between columns, decimal commas"),
        ("\t", ".", "utf-16", "tabs between columns, UTF-16"),
    ],
)
@pytest.mark.parametrize("index", [False, True])
def test_a_table_of_another_program(table, tmp_path, capsys, sep, decimal, encoding, notes, index):
    file = tmp_path / "table.csv"
    table.to_csv(file, sep=sep, decimal=decimal, encoding=encoding, index=index)
    assert_read(file, table)
    lines = [f"{file}: read with {notes}"] if notes else []
    lines += [f"{file}: the first column has no name and counts the rows: left out"] * index
    assert capsys.readouterr().out.splitlines() == lines


def test_an_index_that_counts_from_1(table, tmp_path):
    """As R writes it."""
    file = tmp_path / "table.csv"
    table.set_axis([str(number) for number in range(1, 121)]).to_csv(file, quoting=2)
    assert_read(file, table)


def test_a_first_column_without_a_name_that_does_not_count(table, tmp_path):
    table.set_axis(range(0, 240, 2)).to_csv(tmp_path / "table.csv")
    with pytest.raises(UserError, match=r"line 1: given nan,Größe,.*expected the columns' names"):
        csv.read(tmp_path / "table.csv")


def test_a_name_may_hold_a_comma_that_is_not_quoted(table, tmp_path):
    text = table.to_csv(sep=";", decimal=",", index=False)
    (tmp_path / "table.csv").write_text(text.replace("c", "c, d, e", 1))
    assert_read(tmp_path / "table.csv", table.set_axis([*table.columns[:2], "c, d, e"], axis=1))


@pytest.mark.parametrize("given", ["1.234", "1.234,5", "1,234,5", "a"])
def test_beside_decimal_commas_a_point_may_be_one_of_thousands(table, tmp_path, given):
    lines = table.to_csv(sep=";", decimal=",", index=False).splitlines()
    lines[5] = f"1,5;{given};2,5"
    (tmp_path / "table.csv").write_text("\n".join(lines))
    with pytest.raises(
        UserError, match=r"row 5, column 'Zahl, ganz': given .* a decimal comma \(1 such"
    ):
        csv.read(tmp_path / "table.csv")


def test_numbers_with_decimal_commas_are_no_names(table, tmp_path):
    text = table.to_csv(sep=";", decimal=",", index=False, header=False)
    (tmp_path / "table.csv").write_text(text)
    with pytest.raises(UserError, match=r"line 1: given .*;.*, expected the columns' names"):
        csv.read(tmp_path / "table.csv")


@pytest.mark.parametrize("content", ["", '""\n1\n2\n', "\n\n", ";\n;\n", "\0\0\0"])
def test_hardly_a_table(tmp_path, content):
    (tmp_path / "table.csv").write_text(content)
    with pytest.raises(UserError):
        csv.read(tmp_path / "table.csv")
