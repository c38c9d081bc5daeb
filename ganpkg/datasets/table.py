"""Samples that are rows of numbers: how their columns are called and scaled."""

from typing import NamedTuple

import numpy as np


class Table(NamedTuple):
    """The networks see (value - mean) / deviation, a column each."""

    columns: list[str]
    means: list[float]
    deviations: list[float]
    modes: list[list[float]] | None = None
    """The centres of the Gaussians of which the data is a mixture, in the columns' units."""
    mode_deviation: float | None = None
    """The standard deviation of each of them, the same in every direction."""

    def scaled(self, rows: np.ndarray) -> np.ndarray:
        """(n, columns) in the columns' units to float32 of mean 0 and variance 1."""
        return ((rows - self.means) / self.deviations).astype(np.float32)

    def restored(self, scaled: np.ndarray) -> np.ndarray:
        """Undoes `scaled`, in float64."""
        return scaled.astype(np.float64) * self.deviations + self.means
