"""How samples look: images in a grid, rows of a table as points in a plane."""

from typing import Protocol

import numpy as np

from ganpkg.sampling import grids, progress
from ganpkg.sampling.plane import Plane
from ganpkg.sampling.progress import classes_in_rows

ROWS = COLUMNS = 10


class Pictures(Protocol):
    """Every picture is (height, width, channels) uint8."""

    def samples(self, samples: np.ndarray) -> np.ndarray:
        """Generated samples."""

    def real_and_generated(self, samples: np.ndarray) -> np.ndarray:
        """Real samples and generated ones."""

    def interpolations(self, samples: np.ndarray) -> np.ndarray:
        """Samples on ROWS ways through latent space, of COLUMNS points each."""

    def progress(self, samples: np.ndarray) -> np.ndarray:
        """Samples of the latent points of `progress.Progress`."""


class Grids:
    """Images in rows. Of a conditional GAN they are those of `classes_in_rows`, and
    the names of the classes stand beside them."""

    def __init__(self, reals, labels, classes):
        # Where there are few real samples, they are shown again.
        shown = np.resize(np.arange(len(reals)), ROWS * COLUMNS)
        if classes:
            rows = classes_in_rows(len(classes), 1)
            of_class = [np.flatnonzero(labels == number) for number in rows]
            shown = np.concatenate([np.resize(numbers, COLUMNS) for numbers in of_class])
        self.reals, self.classes = reals[shown], classes

    def samples(self, samples):
        return grids.grid(samples[: len(self.reals)], COLUMNS, self.classes)

    def real_and_generated(self, samples):
        real, generated = grids.grid(self.reals, COLUMNS, self.classes), self.samples(samples)
        return grids.side_by_side({"real": real, "generated": generated})

    def interpolations(self, samples):
        names = [self.classes[row % len(self.classes)] for row in range(ROWS) if self.classes]
        return grids.grid(samples, COLUMNS, names)

    def progress(self, samples):
        return grids.grid(samples, progress.COLUMNS, self.classes)


class Scatter:
    """Rows of a table, one or two columns in their units. The plane is that of the first 10,000
    reals."""

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
