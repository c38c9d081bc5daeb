"""A table of numbers and flags: `data/raw/table.csv`, with the columns' names in the first line."""

import codecs
import re
from pathlib import Path

import numpy as np
import pandas as pd

from ganpkg.datasets.dataset import MIN_SAMPLES, Split, held_out_size, split_in_three
from ganpkg.datasets.source import RowSource
from ganpkg.errors import UserError, reason

SEPARATORS = {"\t": "tabs between columns", ";": "semicolons between columns"}
DECIMALS = {",": "decimal commas"}
ENCODINGS = {"cp1252": "ISO 8859-1", "utf-16": "UTF-16"}  # cp1252 holds all letters of the former


class CSV(RowSource):
    def load(self, split_seed, raw):
        """Loads the rows of the table, each as a sample.

        Raises:
            UserError: unless every entry is a finite number, and every column varies, within
                bounds.
        """
        file = raw / "table.csv"
        table = read(file)
        rows = Split(table.to_numpy(np.float64), np.zeros(len(table), np.uint8))
        train, valid, test = split_in_three(rows, held_out_size(len(table)), split_seed)
        constant = np.flatnonzero((train.samples == train.samples[0]).all(axis=0))
        if len(constant):
            raise UserError(
                f"{file}: column {table.columns[constant[0]]!r}: all {len(train.samples)} rows "
                "that train are equal; remove the column"
            )
        with np.errstate(all="ignore"):  # overflows are reported below
            data = self.from_rows(
                list(table.columns), train.samples, valid.samples, test.samples,
                types=[str(dtype) for dtype in table.dtypes],
            )  # fmt: skip
        deviations = np.array(data.kind.deviations)
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
        layout = detect_layout(file)
        table = pd.read_csv(file, float_precision="round_trip", low_memory=False, **layout)
        as_text = {"dtype": str, "keep_default_na": False, "na_values": [""], **layout}
        names = pd.read_csv(file, header=None, nrows=1, **as_text).iloc[0]
    except (ValueError, OSError) as error:  # pandas' parser errors are ValueErrors
        raise UserError(f"{file}: cannot be read as a table: {reason(error)}") from None
    unusual = (SEPARATORS.get(layout["sep"]), DECIMALS.get(layout["decimal"]),
               ENCODINGS.get(layout["encoding"]))  # fmt: skip
    if any(unusual):  # the layout could be wrong
        print(f"{file}: read with {', '.join(filter(None, unusual))}")
    if len(names) > 1 and pd.isna(names.iloc[0]) and _is_index(table.iloc[:, 0]):
        print(f"{file}: the first column has no name and counts the rows: left out")
        names, table = names.iloc[1:], table.iloc[:, 1:]
    as_numbers = pd.to_numeric(names.str.replace(layout["decimal"], "."), errors="coerce")
    if as_numbers.notna().any() or names.isna().any():
        line = layout["sep"].join(map(str, names))[:60]
        raise UserError(f"{file}: line 1: given {line}, expected the columns' names")
    if names.duplicated().any():
        name = names[names.duplicated()].iloc[0]
        raise UserError(f"{file}: line 1: the column {name!r} stands twice")
    if not isinstance(table.index, pd.RangeIndex):
        raise UserError(f"{file}: line 2: more entries than the first line has names")
    if len(table) < MIN_SAMPLES:
        raise UserError(f"{file}: {len(table)} rows, expected at least {MIN_SAMPLES}")
    numbers = table.copy()
    if layout["decimal"] == ",":  # then a point may separate thousands, and is refused
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
    fractions = [name for name, column in numbers.items() if not _keeps_type(column)]
    return numbers.astype(dict.fromkeys(fractions, np.float64))


def _keeps_type(column: pd.Series) -> bool:
    """Whether a column holds flags, or whole numbers that float64 represents exactly."""
    whole = column.dtype == np.int64 and column.between(-(2**53), 2**53).all()
    return whole or column.dtype == bool


def _is_index(column: pd.Series) -> bool:
    """Whether a column is 0, 1, 2 ... or 1, 2, 3 ..."""
    count = np.arange(len(column))
    return np.array_equal(column, count) or np.array_equal(column, count + 1)


def detect_layout(file: Path) -> dict[str, str]:
    """Detects how the table is written: pandas' arguments `sep`, `decimal` and `encoding`."""
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
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            with file.open(encoding=encoding) as text:
                while text.read(2**20):
                    pass
            return encoding
        except UnicodeDecodeError:
            continue
    raise ValueError("it is neither UTF-8 nor ISO 8859-1")


def _separator(first: str, second: str) -> str:
    """The separator that both lines have equally often; else one of the first line; else a comma.

    A comma is tried last, because it also occurs in names and numbers.
    """

    def count(line, sep):
        return re.sub('"[^"]*"', "", line).count(sep)

    candidates = [sep for sep in "\t;," if count(first, sep)]
    equal = [sep for sep in candidates if count(first, sep) == count(second, sep)]
    return [*equal, *candidates, ","][0]
