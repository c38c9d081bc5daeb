"""Pictures of samples: the interface, and images in grids."""

from typing import Protocol

import numpy as np

from ganpkg.sampling import grids
from ganpkg.sampling.progress import GRID_COLUMNS, grid_labels

ROWS = COLUMNS = 10


class Pictures(Protocol):
    """Every method returns a picture, (height, width, channels) uint8."""

    def samples(self, samples: np.ndarray) -> np.ndarray:
        """Generated samples."""

    def real_and_generated(self, samples: np.ndarray) -> np.ndarray:
        """Real and generated samples."""

    def interpolations(self, samples: np.ndarray) -> np.ndarray:
        """Samples on ROWS paths through latent space, COLUMNS on each."""

    def progress(self, samples: np.ndarray) -> np.ndarray:
        """Samples saved by `progress.Progress`."""


class Grids:
    """Images in grids. For a conditional GAN the rows are the classes of `grid_labels`, with their
    names on the left."""

    def __init__(self, reals, labels, classes):
        # np.resize repeats samples if there are too few.
        if classes:
            rows = [np.flatnonzero(labels == label) for label in grid_labels(len(classes), 1)]
            indices = np.concatenate([np.resize(row, COLUMNS) for row in rows])
        else:
            indices = np.resize(np.arange(len(reals)), ROWS * COLUMNS)
        self.reals, self.classes = reals[indices], classes

    def samples(self, samples):
        return grids.grid(samples[: len(self.reals)], COLUMNS, self.classes)

    def real_and_generated(self, samples):
        real, generated = grids.grid(self.reals, COLUMNS, self.classes), self.samples(samples)
        return grids.side_by_side({"real": real, "generated": generated})

    def interpolations(self, samples):
        names = [self.classes[row % len(self.classes)] for row in range(ROWS) if self.classes]
        return grids.grid(samples, COLUMNS, names)

    def progress(self, samples):
        return grids.grid(samples, GRID_COLUMNS, self.classes)
