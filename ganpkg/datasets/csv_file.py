"""A table of numbers: `data/raw/table.csv`, its columns named in the first line."""

from pathlib import Path

import numpy as np
import pandas as pd

from ganpkg.datasets.dataset import LEAST, Dataset, Split, of_rows, own_share, split_in_three
from ganpkg.errors import UserError, reason


def load(split_seed: int, raw: Path) -> Dataset:
    """Its rows, each a sample.

    Raises:
        UserError: unless every entry is a finite number, and every column varies, within bounds.
    """
    file = raw / "table.csv"
    table = read(file)
    rows = Split(table.to_numpy(np.float64), np.zeros(len(table), np.uint8))
    train, valid, test = split_in_three(rows, own_share(len(table)), split_seed)
    constant = np.flatnonzero(np.ptp(train.samples, axis=0) == 0)
    if len(constant):
        raise UserError(
            f"{file}: column {table.columns[constant[0]]!r}: all {len(train.samples)} rows that "
            "train are equal; remove the column"
        )
    with np.errstate(all="ignore"):  # what overflows is told below
        data = of_rows(list(table.columns), train.samples, valid.samples, test.samples)
    deviations = np.array(data.table.deviations)
    usable = np.isfinite(deviations) & (deviations > 0)
    for split in data.splits.values():
        usable &= np.isfinite(split.samples).all(axis=0)
    if not usable.all():
        name = table.columns[usable.argmin()]
        raise UserError(
            f"{file}: column {name!r}: its numbers, from {table[name].min():g} to "
            f"{table[name].max():g}, cannot be scaled in 32 bits; remove or mend the farthest"
        )
    return data


def read(file: Path) -> pd.DataFrame:
    """Reads and checks the table."""
    if not file.is_file():
        raise UserError(f"{file}: no such file, expected a table of numbers")
    try:
        table = pd.read_csv(file, float_precision="round_trip", low_memory=False)
        as_written = {"dtype": str, "keep_default_na": False, "na_values": [""]}
        names = pd.read_csv(file, header=None, nrows=1, **as_written).iloc[0]
    except (ValueError, OSError) as error:  # pandas' parser errors are ValueErrors
        raise UserError(f"{file}: cannot be read as a table: {reason(error)}") from None
    if pd.to_numeric(names, errors="coerce").notna().any() or names.isna().any():
        given = ",".join(map(str, names))[:60]
        raise UserError(f"{file}: line 1: given {given}, expected the columns' names")
    if names.duplicated().any():
        twice = names[names.duplicated()].iloc[0]
        raise UserError(f"{file}: line 1: the column {twice!r} stands twice")
    if not isinstance(table.index, pd.RangeIndex):
        raise UserError(f"{file}: line 2: more entries than the first line has names")
    if len(table) < LEAST:
        raise UserError(f"{file}: {len(table)} rows, expected at least {LEAST}")
    table = table.astype(dict.fromkeys(table.select_dtypes(bool), str))  # True is no number
    numbers = table.apply(pd.to_numeric, errors="coerce").astype(np.float64)
    wrong = ~np.isfinite(numbers.to_numpy())
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise UserError(
            f"{file}: row {row + 1}, column {table.columns[column]!r}: given "
            f"{table.iloc[row, column]}, expected a finite number ({wrong.sum()} such entries)"
        )
    return numbers
