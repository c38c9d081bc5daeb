"""Samples that are rows of numbers: how their columns are called and scaled."""

from typing import NamedTuple

import numpy as np

FENCES = 3.0  # quartile distances beyond the quartiles, where values count as outliers
STRAIGHT = 5.0  # deviations from the mean, beyond which the networks see the logarithm


class Table(NamedTuple):
    """The networks see (value - mean) / deviation, a column each; of what lies beyond 5
    deviations, 5 + log(1 + excess), so that no outlier hides how all other values differ."""

    columns: list[str]
    means: list[float]
    """Of the values that are no outliers, as are the deviations."""
    deviations: list[float]
    modes: list[list[float]] | None = None
    """The centres of the Gaussians of which the data is a mixture, in the columns' units."""
    mode_deviation: float | None = None
    """The standard deviation of each of them, the same in every direction."""

    @classmethod
    def of(cls, columns: list[str], train: np.ndarray, **modes) -> "Table":
        """The table whose rows to train are these, (n, columns) float64.

        Args:
            modes: the last two fields, where they are known.
        """
        usual = [column[_usual(column)] for column in train.T]
        means, deviations = ([float(of(v)) for v in usual] for of in (np.mean, np.std))
        return cls(columns, means, deviations, **modes)

    def scaled(self, rows: np.ndarray) -> np.ndarray:
        """(n, columns) in the columns' units to float32; but for outliers, of variance 1."""
        straight = (rows - self.means) / self.deviations
        near = np.clip(straight, -STRAIGHT, STRAIGHT)
        beyond = np.log1p(np.abs(straight - near))
        return (near + np.copysign(beyond, straight)).astype(np.float32)

    def restored(self, scaled: np.ndarray) -> np.ndarray:
        """Undoes `scaled`, in float64."""
        scaled = scaled.astype(np.float64)
        near = np.clip(scaled, -STRAIGHT, STRAIGHT)
        with np.errstate(over="ignore"):  # an untrained generator's rows may be anywhere
            beyond = np.expm1(np.abs(scaled - near))
            return (near + np.copysign(beyond, scaled)) * self.deviations + self.means


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
