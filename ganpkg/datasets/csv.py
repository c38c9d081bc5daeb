"""A table of numbers and flags: `data/raw/table.csv`, its columns named in the first line."""

import codecs
import re
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd

from ganpkg.datasets.dataset import LEAST, Split, of_rows, own_share, split_in_three
from ganpkg.datasets.source import Source
from ganpkg.errors import UserError, reason


class CSV(Source):
    rows: ClassVar[bool] = True

    def load(self, split_seed, raw):
        """Its rows, each a sample.

        Raises:
            UserError: unless every entry is a finite number, and every column varies, within
                bounds.
        """
        file = raw / "table.csv"
        table = read(file)
        rows = Split(table.to_numpy(np.float64), np.zeros(len(table), np.uint8))
        train, valid, test = split_in_three(rows, own_share(len(table)), split_seed)
        constant = np.flatnonzero((train.samples == train.samples[0]).all(axis=0))
        if len(constant):
            raise UserError(
                f"{file}: column {table.columns[constant[0]]!r}: all {len(train.samples)} rows "
                "that train are equal; remove the column"
            )
        with np.errstate(all="ignore"):  # what overflows is told below
            data = of_rows(
                list(table.columns), train.samples, valid.samples, test.samples,
                types=[str(kind) for kind in table.dtypes],
            )  # fmt: skip
        deviations = np.array(data.kind.table.deviations)
        usable = np.isfinite(deviations) & (deviations > 0)
        for split in data.splits.values():
            usable &= np.isfinite(split.samples).all(axis=0)
        if not usable.all():
            name = table.columns[usable.argmin()]
            raise UserError(
                f"{file}: column {name!r}: its numbers, from {table[name].min():g} to "
                f"{table[name].max():g}, cannot be scaled; remove or mend the farthest"
            )
        return data


def read(file: Path) -> pd.DataFrame:
    """Reads and checks the table; its columns are `int64`, `float64` or `bool`."""
    if not file.is_file():
        raise UserError(f"{file}: no such file, expected a table of numbers")
    try:
        layout = layout_of(file)
        table = pd.read_csv(file, float_precision="round_trip", low_memory=False, **layout)
        as_written = {"dtype": str, "keep_default_na": False, "na_values": [""], **layout}
        names = pd.read_csv(file, header=None, nrows=1, **as_written).iloc[0]
    except (ValueError, OSError) as error:  # pandas' parser errors are ValueErrors
        raise UserError(f"{file}: cannot be read as a table: {reason(error)}") from None
    _tell(file, **layout)
    if len(names) > 1 and pd.isna(names.iloc[0]) and _counts(table.iloc[:, 0]):
        print(f"{file}: the first column has no name and counts the rows: left out")
        names, table = names.iloc[1:], table.iloc[:, 1:]
    as_numbers = pd.to_numeric(names.str.replace(layout["decimal"], "."), errors="coerce")
    if as_numbers.notna().any() or names.isna().any():
        given = layout["sep"].join(map(str, names))[:60]
        raise UserError(f"{file}: line 1: given {given}, expected the columns' names")
    if names.duplicated().any():
        twice = names[names.duplicated()].iloc[0]
        raise UserError(f"{file}: line 1: the column {twice!r} stands twice")
    if not isinstance(table.index, pd.RangeIndex):
        raise UserError(f"{file}: line 2: more entries than the first line has names")
    if len(table) < LEAST:
        raise UserError(f"{file}: {len(table)} rows, expected at least {LEAST}")
    numbers = table.copy()
    if layout["decimal"] == ",":  # beside it a point may be one of thousands, and is refused
        texts = table.select_dtypes(exclude="number")
        numbers[texts.columns] = texts.replace({r".*\..*": "", ",": "."}, regex=True)
    numbers = numbers.apply(pd.to_numeric, errors="coerce")
    wrong = ~np.isfinite(numbers.to_numpy(np.float64))
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise UserError(
            f"{file}: row {row + 1}, column {table.columns[column]!r}: given "
            f"{table.iloc[row, column]}, expected a finite number"
            f"{' with a decimal comma' * (layout['decimal'] == ',')} ({wrong.sum()} such entries)"
        )
    fractions = [name for name, column in numbers.items() if not _whole_or_flags(column)]
    return numbers.astype(dict.fromkeys(fractions, np.float64))


def _whole_or_flags(column: pd.Series) -> bool:
    """Whether they are such, and none is lost in float64."""
    whole = column.dtype == np.int64 and column.between(-(2**53), 2**53).all()
    return whole or column.dtype == bool


def layout_of(file: Path) -> dict[str, str]:
    """How the table is written: the `sep`, `decimal` and `encoding` of pandas."""
    encoding = _encoding(file)
    with file.open(encoding=encoding) as text:
        lines = (line for line in text if line.strip())
        first, second = next(lines, ""), next(lines, "")
        sep = _separator(first, second)
        commas = sep != "," and ("," in second or any("," in line for line in lines))
    return {"sep": sep, "decimal": "," if commas else ".", "encoding": encoding}


def _encoding(file: Path) -> str:
    with file.open("rb") as content:
        if content.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
    for encoding in ("utf-8-sig", "cp1252"):  # the latter holds all letters of ISO 8859-1
        try:
            with file.open(encoding=encoding) as text:
                while text.read(2**20):
                    pass
            return encoding
        except UnicodeDecodeError:
            continue
    raise ValueError("it is neither UTF-8 nor ISO 8859-1")


def _separator(first: str, second: str) -> str:
    """The first that the first line holds as often as the second; else that it holds; else a comma.

    A comma is tried last: it also stands in names and numbers.
    """

    def count(line, sep):
        return re.sub('"[^"]*"', "", line).count(sep)

    found = [sep for sep in "\t;," if count(first, sep)]
    agreed = [sep for sep in found if count(first, sep) == count(second, sep)]
    return [*agreed, *found, ","][0]


def _tell(file: Path, sep: str, decimal: str, encoding: str) -> None:
    """What could have been taken otherwise."""
    found = {"\t": ["tabs between columns"], ";": ["semicolons between columns"]}.get(sep, [])
    found += ["decimal commas"] if decimal == "," else []
    found += {"cp1252": ["ISO 8859-1"], "utf-16": ["UTF-16"]}.get(encoding, [])
    if found:
        print(f"{file}: read with {', '.join(found)}")


def _counts(column: pd.Series) -> bool:
    """Whether it holds 0, 1, 2 ... or 1, 2, 3 ..."""
    expected = np.arange(len(column))
    return any(np.array_equal(column, expected + start) for start in (0, 1))
