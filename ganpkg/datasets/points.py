"""Toy sets of the literature, drawn afresh from the seed: points in the plane."""

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from ganpkg.datasets.dataset import of_rows
from ganpkg.datasets.source import Source

POINTS = 10_000  # in each split
COLUMNS = ["x", "y"]


class Points(Source):
    """10,000 points each to train, validate and test."""

    rows: ClassVar[bool] = True

    def load(self, split_seed, raw):
        generator = np.random.Generator(np.random.Philox(split_seed))
        return of_rows(COLUMNS, *self.draw(generator), **self.known())

    @abstractmethod
    def draw(self, generator: np.random.Generator) -> np.ndarray:
        """(3, POINTS, 2): the points of each split."""

    def known(self) -> dict:
        """What is known of the distribution, as `Table.from_rows` takes it."""
        return {}


class Gaussians(Points):
    """A mixture of Gaussians of equal weight."""

    centres: ClassVar[np.ndarray]
    """(modes, 2)."""
    deviation: ClassVar[float]
    """The standard deviation of each, the same in every direction."""

    def draw(self, generator):
        means = self.centres[generator.integers(len(self.centres), size=(3, POINTS))]
        return means + self.deviation * generator.standard_normal(means.shape)

    def known(self):
        return {"modes": self.centres.tolist(), "mode_deviation": self.deviation}
