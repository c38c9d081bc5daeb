"""The same latent points, pictured over the course of training."""

import numpy as np

from ganpkg.randomness import Purpose
from ganpkg.sampling import grids, latents

ROWS = COLUMNS = 8


def save(generator, seed: int, noise: str, step: int) -> np.ndarray:
    """Writes `reports/progress/<step>.png`; returns the picture, (height, width, channels)."""
    count, latent_dim = ROWS * COLUMNS, generator.input_shape[-1]
    points = latents.draw(seed, Purpose.FIXED_LATENTS, noise, count, latent_dim)
    picture = grids.grid(latents.generate(generator, points), COLUMNS)
    grids.save_png(picture, f"reports/progress/{step:08d}.png")
    return picture
