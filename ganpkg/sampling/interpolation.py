"""Paths through latent space."""

import numpy as np

from ganpkg.randomness import Purpose
from ganpkg.sampling.latents import draw


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
