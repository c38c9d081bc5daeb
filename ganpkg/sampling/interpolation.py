"""Ways through latent space from one point to another."""

import numpy as np

from ganpkg.randomness import Purpose
from ganpkg.sampling.latents import normal


def interpolated(seed: int, rows: int, columns: int, latent_dim: int) -> np.ndarray:
    """(rows * columns, latent_dim) float32: each row goes from one latent point to another.

    A sum of two independent normal points whose weights have squares that add up to 1 is
    such a point itself, so that every sample on the way is one the generator was trained
    for. The points of a straight line would be too close to 0 (White 2016, "Sampling
    generative networks").
    """
    ends = normal(seed, Purpose.INTERPOLATION_LATENTS, 2 * rows, latent_dim)
    angle = np.linspace(0, np.pi / 2, columns, dtype=np.float32)[None, :, None]
    points = np.cos(angle) * ends[:rows, None] + np.sin(angle) * ends[rows:, None]
    return points.reshape(rows * columns, latent_dim)
