"""Toy datasets of the literature: random points in the plane, drawn from the seed."""

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from ganpkg.datasets.source import RowSource

POINTS = 10_000  # in each split
COLUMNS = ["x", "y"]


class Points(RowSource):
    """Points in the plane, 10,000 in each split."""

    def load(self, split_seed, raw):
        generator = np.random.Generator(np.random.Philox(split_seed))
        return self.from_rows(COLUMNS, *self.draw(generator), **self.modes())

    @abstractmethod
    def draw(self, generator: np.random.Generator) -> np.ndarray:
        """Draws the points of the three splits, (3, POINTS, 2)."""

    def modes(self) -> dict:
        """The modes of a mixture of Gaussians, as arguments of `Rows.from_rows`."""
        return {}


class Gaussians(Points):
    """A mixture of Gaussians of equal weight."""

    centres: ClassVar[np.ndarray]
    """(modes, 2)."""
    deviation: ClassVar[float]
    """The standard deviation of each Gaussian, the same in every direction."""

    def draw(self, generator):
        means = self.centres[generator.integers(len(self.centres), size=(3, POINTS))]
        return means + self.deviation * generator.standard_normal(means.shape)

    def modes(self):
        return {"modes": self.centres.tolist(), "mode_deviation": self.deviation}
