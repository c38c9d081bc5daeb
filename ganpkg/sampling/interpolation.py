"""Ways through latent space from one point to another."""

import numpy as np

from ganpkg.randomness import Purpose
from ganpkg.sampling.latents import draw


def interpolated(seed: int, noise: str, rows: int, columns: int, latent_dim: int) -> np.ndarray:
    """(rows * columns, latent_dim) float32: each row goes from one latent point to another.

    With normal noise the way is round: a sum of two independent normal points whose weights
    have squares that add up to 1 is such a point itself, so that every sample on the way is
    one the generator was trained for. The points of a straight line would be too close to 0
    (White 2016, "Sampling generative networks"). With uniform noise the way is straight, and
    stays within its cube.
    """
    ends = draw(seed, Purpose.INTERPOLATION_LATENTS, noise, 2 * rows, latent_dim)
    done = np.linspace(0, 1, columns, dtype=np.float32)[None, :, None]
    if noise == "normal":
        angle = done * np.float32(np.pi / 2)
        weights = np.cos(angle), np.sin(angle)
    else:
        weights = 1 - done, done
    points = weights[0] * ends[:rows, None] + weights[1] * ends[rows:, None]
    return points.reshape(rows * columns, latent_dim)
