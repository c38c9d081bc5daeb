"""Rows of a table: (n, columns) float32, scaled, on disk and in the networks."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ganpkg.kinds import Kind
from ganpkg.storage import atomic

FENCES = 3.0  # interquartile ranges beyond the quartiles; values further out are outliers
MAX_DECIMALS = 15  # columns with more decimals are not rounded
LINEAR = 5.0  # deviations from the mean; beyond, values are scaled logarithmically


@dataclass(frozen=True)
class Rows(Kind):
    """Scales each column to (value - mean) / deviation. The part of a value beyond 5 deviations is
    replaced by log(1 + excess), so that outliers do not hide differences between other values."""

    activation = None
    values = "row"
    batch_normalization = False  # noisy batch statistics would blur the rows
    progress_samples = 2500

    columns: list[str]
    types: list[str]
    """The types of the values: `int64`, `float64` or `bool`."""
    decimals: list[int | None]
    """The maximum number of decimals; None for more than 15."""
    lows: list[float]
    """The minimum of each column of the train split."""
    highs: list[float]
    """The maximum of each column of the train split."""
    means: list[float]
    """The mean of each column without outliers."""
    deviations: list[float]
    """The standard deviation of each column without outliers."""
    modes: list[list[float]] | None = None
    """The centres of a mixture of Gaussians, in the columns' units."""
    mode_deviation: float | None = None
    """The standard deviation of each Gaussian, the same in all directions."""

    @classmethod
    def from_rows(cls, columns: list[str], train: np.ndarray, types=None, **modes) -> "Rows":
        """Scales by the rows of the train split, (n, columns) float64, in the columns' units.

        Args:
            types: the field; the default is `float64` for all columns.
            modes: the fields `modes` and `mode_deviation`, if known.
        """
        inliers = [column[_inliers(column)] for column in train.T]
        return cls(
            columns,
            types or ["float64"] * len(columns),
            [_decimals(column) for column in train.T],
            train.min(axis=0).tolist(),
            train.max(axis=0).tolist(),
            [float(values.mean()) for values in inliers],
            [float(values.std()) for values in inliers],
            **modes,
        )

    def scale(self, rows: np.ndarray) -> np.ndarray:
        """Scales rows, (n, columns) in the columns' units, to float32 of variance 1 (apart from
        outliers)."""
        linear = (rows - self.means) / self.deviations
        near = np.clip(linear, -LINEAR, LINEAR)
        excess = np.log1p(np.abs(linear - near))
        return (near + np.copysign(excess, linear)).astype(np.float32)

    def unscale(self, scaled: np.ndarray) -> np.ndarray:
        """Inverts `scale`: returns (n, columns) float64 in the columns' units, ranges and
        decimals."""
        scaled = scaled.astype(np.float64)
        near = np.clip(scaled, -LINEAR, LINEAR)
        with np.errstate(over="ignore"):  # an untrained generator's rows can be arbitrarily large
            excess = np.expm1(np.abs(scaled - near))
            rows = (near + np.copysign(excess, scaled)) * self.deviations + self.means
        rows = np.clip(rows, self.lows, self.highs)
        for column, decimals in zip(rows.T, self.decimals):
            if decimals is not None:
                column[:] = np.round(column, decimals)
        return rows

    def to_json(self):
        return vars(self)

    def to_user(self, samples):
        import pandas as pd

        rows = pd.DataFrame(self.unscale(samples), columns=self.columns)
        return rows.astype(dict(zip(self.columns, self.types)))

    def export(self, samples, folder):
        """Writes `samples.csv`, with the table's column names and units."""
        with atomic(Path(folder, "samples.csv")) as temporary:
            self.to_user(samples).to_csv(temporary, index=False)
        return self.scale(self.unscale(samples))

    def pictures(self, reals, labels, classes):
        from ganpkg.sampling.scatter import Scatter

        return Scatter(reals, self)

    def save_closest(self, folder, copies, originals, distances):
        import pandas as pd

        sides = {"generated": copies, "train": originals}
        tables = [self.to_user(rows).add_prefix(f"{side}_") for side, rows in sides.items()]
        pairs = pd.concat([pd.Series(distances, name="distance"), *tables], axis=1)
        with atomic(Path(folder, "closest.csv")) as temporary:
            pairs.to_csv(temporary, index=False)

    def feature_network(self, samples):
        from ganpkg.evaluation.features import principal_components

        return principal_components(samples)

    def to_rows(self, samples):
        return samples

    def mixture(self, samples):
        centres, deviation = self.modes, self.mode_deviation
        return (self.unscale(samples), np.array(centres), deviation) if centres else None


def _inliers(values: np.ndarray) -> np.ndarray:
    """(n,) bool, False for outliers by Tukey's fences (1977, "Exploratory data analysis").

    If more than half of the values are equal, the fences are those of the other values.
    """
    low, high = np.quantile(values, [0.25, 0.75], method="nearest")
    equal = np.zeros(len(values), bool)
    if low == high:
        equal = values == low
        low, high = np.quantile(values[~equal], [0.25, 0.75], method="nearest")
    reach = FENCES * (high - low)
    return equal | ((low - reach <= values) & (values <= high + reach))


def _decimals(values: np.ndarray) -> int | None:
    for decimals in range(MAX_DECIMALS + 1):
        with np.errstate(over="ignore"):
            values = values[np.round(values, decimals) != values]
        if not len(values):
            return decimals
    return None
