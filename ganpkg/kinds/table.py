"""Samples that are rows of numbers: how their columns are called, scaled and written."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

FENCES = 3.0  # quartile distances beyond the quartiles, where values count as outliers
MOST_DECIMALS = 15  # with more a column's values are what they are
STRAIGHT = 5.0  # deviations from the mean, beyond which the networks see the logarithm


class Table(NamedTuple):
    """The networks see (value - mean) / deviation, a column each; of what lies beyond 5
    deviations, 5 + log(1 + excess), so that no outlier hides how all other values differ."""

    columns: list[str]
    types: list[str]
    """What the values are: `int64`, `float64` or `bool`."""
    decimals: list[int | None]
    """The most that a value has; None if that are more than 15."""
    lows: list[float]
    """The least value of each column of the train split."""
    highs: list[float]
    """The greatest."""
    means: list[float]
    """Of the values that are no outliers, as are the deviations."""
    deviations: list[float]
    modes: list[list[float]] | None = None
    """The centres of the Gaussians of which the data is a mixture, in the columns' units."""
    mode_deviation: float | None = None
    """The standard deviation of each of them, the same in every direction."""

    @classmethod
    def of(cls, columns: list[str], train: np.ndarray, types=None, **modes) -> "Table":
        """The table whose rows to train are these, (n, columns) float64.

        Args:
            types: as the field; by default all are `float64`.
            modes: the last two fields, where they are known.
        """
        usual = [column[_usual(column)] for column in train.T]
        return cls(
            columns,
            types or ["float64"] * len(columns),
            [_decimals(column) for column in train.T],
            train.min(axis=0).tolist(),
            train.max(axis=0).tolist(),
            [float(values.mean()) for values in usual],
            [float(values.std()) for values in usual],
            **modes,
        )

    def scaled(self, rows: np.ndarray) -> np.ndarray:
        """(n, columns) in the columns' units to float32; but for outliers, of variance 1."""
        straight = (rows - self.means) / self.deviations
        near = np.clip(straight, -STRAIGHT, STRAIGHT)
        beyond = np.log1p(np.abs(straight - near))
        return (near + np.copysign(beyond, straight)).astype(np.float32)

    def restored(self, scaled: np.ndarray) -> np.ndarray:
        """Undoes `scaled`: (n, columns) float64 in the columns' units, ranges and decimals."""
        scaled = scaled.astype(np.float64)
        near = np.clip(scaled, -STRAIGHT, STRAIGHT)
        with np.errstate(over="ignore"):  # an untrained generator's rows may be anywhere
            beyond = np.expm1(np.abs(scaled - near))
            rows = (near + np.copysign(beyond, scaled)) * self.deviations + self.means
        rows = np.clip(rows, self.lows, self.highs)
        for column, decimals in zip(rows.T, self.decimals):
            if decimals is not None:
                column[:] = np.round(column, decimals)
        return rows

    def finished(self, scaled: np.ndarray) -> "pd.DataFrame":
        """What `restored` gives, under the columns' names, whole numbers and flags as such."""
        import pandas as pd

        rows = pd.DataFrame(self.restored(scaled), columns=self.columns)
        return rows.astype(dict(zip(self.columns, self.types)))


def _usual(values: np.ndarray) -> np.ndarray:
    """(n,) which are no outliers, by Tukey's fences (1977, "Exploratory data analysis").

    Where more than half of the values are equal, those that differ have the fences.
    """
    low, high = np.quantile(values, [0.25, 0.75], method="nearest")
    equal = np.zeros(len(values), bool)
    if low == high:
        equal = values == low
        low, high = np.quantile(values[~equal], [0.25, 0.75], method="nearest")
    reach = FENCES * (high - low)
    return equal | ((low - reach <= values) & (values <= high + reach))


def _decimals(values: np.ndarray) -> int | None:
    for decimals in range(MOST_DECIMALS + 1):
        with np.errstate(over="ignore"):
            values = values[np.round(values, decimals) != values]
        if not len(values):
            return decimals
    return None
