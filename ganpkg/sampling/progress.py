"""The same latent points, pictured over the course of training."""

import numpy as np

from ganpkg.randomness import Purpose
from ganpkg.sampling import grids, latents

ROWS = COLUMNS = 8


def save(generator, seed: int, step: int) -> np.ndarray:
    """Writes `reports/progress/<step>.png`; returns the picture, (height, width, channels)."""
    points = latents.normal(seed, Purpose.FIXED_LATENTS, ROWS * COLUMNS, generator.input_shape[-1])
    picture = grids.grid(latents.generate(generator, points), COLUMNS)
    grids.save_png(picture, f"reports/progress/{step:08d}.png")
    return picture
