"""How samples look: images in a grid, rows of a table as points in a plane."""

from typing import Protocol

import numpy as np

from ganpkg.datasets.table import Table
from ganpkg.sampling import grids
from ganpkg.sampling.plane import Plane

ROWS = COLUMNS = 10
PROGRESS_COLUMNS = 8
MOST_CLASSES = 20  # shown, of a conditional GAN


class Pictures(Protocol):
    """Every picture is (height, width, channels) uint8."""

    progress_count: int
    """How many samples `progress` takes."""

    def samples(self, samples: np.ndarray) -> np.ndarray:
        """Generated samples."""

    def real_and_generated(self, samples: np.ndarray) -> np.ndarray:
        """Real samples and generated ones."""

    def interpolations(self, samples: np.ndarray) -> np.ndarray:
        """Samples on ROWS ways through latent space, of COLUMNS points each."""

    def progress(self, samples: np.ndarray) -> np.ndarray:
        """A few samples, the same latent points again and again."""


def pictures_of(
    reals: np.ndarray, table: Table | None, labels: np.ndarray, classes: int
) -> Pictures:
    """The pictures that fit the data.

    Args:
        reals: (n, *sample), the real samples; `labels`, (n,), are their classes.
        table: what the samples are rows of, if they are.
        classes: how many there are, if a class is asked of the generator; otherwise 0.
    """
    if table:
        return Scatter(reals, table)
    return Grids(reals, labels, classes)


def classes_in_rows(classes: int, columns: int) -> np.ndarray:
    """The classes asked for in a picture that shows the first of them, each in a row."""
    return np.arange(min(classes, MOST_CLASSES)).repeat(columns)


class Grids:
    """Images in rows. Of a conditional GAN they are those of `classes_in_rows`."""

    def __init__(self, reals, labels, classes):
        # Where there are few real samples, they are shown again.
        shown = np.resize(np.arange(len(reals)), ROWS * COLUMNS)
        self.progress_count = PROGRESS_COLUMNS**2
        if classes:
            rows = classes_in_rows(classes, 1)
            of_class = [np.flatnonzero(labels == number) for number in rows]
            shown = np.concatenate([np.resize(numbers, COLUMNS) for numbers in of_class])
            self.progress_count = len(rows) * PROGRESS_COLUMNS
        self.reals = reals[shown]

    def samples(self, samples):
        return grids.grid(samples[: len(self.reals)], COLUMNS)

    def real_and_generated(self, samples):
        real, generated = grids.grid(self.reals, COLUMNS), self.samples(samples)
        return grids.side_by_side({"real": real, "generated": generated})

    def interpolations(self, samples):
        return grids.grid(samples, COLUMNS)

    def progress(self, samples):
        return grids.grid(samples[: self.progress_count], PROGRESS_COLUMNS)


class Scatter:
    """Rows of a table, one or two columns in their units. The plane is that of the first 10,000
    reals."""

    progress_count = 2500

    def __init__(self, reals, table):
        # Principal components in the columns' units would be those of the outliers.
        self._rows = table.restored if len(table.columns) <= 2 else np.asarray
        self.plane = Plane(self._rows(reals[:10_000]), table.columns, table.deviations)

    def samples(self, samples):
        return self.plane.picture(self._rows(samples), reals=False)

    def real_and_generated(self, samples):
        return self.plane.picture(self._rows(samples))

    def interpolations(self, samples):
        return self.plane.picture(self._rows(samples), ways=ROWS)

    def progress(self, samples):
        return self.real_and_generated(samples)
