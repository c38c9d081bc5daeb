"""Pictures of images in grids, and paths through latent space."""

import numpy as np

from ganpkg.randomness import Purpose
from ganpkg.sampling import grids
from ganpkg.sampling.latents import draw
from ganpkg.sampling.progress import GRID_COLUMNS, grid_labels

ROWS = COLUMNS = 10


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


def interpolate(seed: int, noise: str, rows: int, columns: int, latent_dim: int) -> np.ndarray:
    """(rows * columns, latent_dim) float32; each row is a path between two latent points.

    Normal noise is interpolated along an arc: if the squares of the weights add up to 1, the
    weighted sum of two independent normal points is a normal point, as in training. Points on a
    straight line would be too close to 0 (White 2016, "Sampling generative networks"). Uniform
    noise is interpolated linearly and so stays within its cube.
    """
    ends = draw(seed, Purpose.INTERPOLATION_LATENTS, noise, 2 * rows, latent_dim)
    fraction = np.linspace(0, 1, columns, dtype=np.float32)[None, :, None]
    if noise == "normal":
        angle = fraction * np.float32(np.pi / 2)
        weights = np.cos(angle), np.sin(angle)
    else:
        weights = 1 - fraction, fraction
    points = weights[0] * ends[:rows, None] + weights[1] * ends[rows:, None]
    return points.reshape(rows * columns, latent_dim)
