"""The same latent points, pictured over the course of training."""

import numpy as np

from ganpkg.labels import attached
from ganpkg.randomness import Purpose
from ganpkg.sampling import grids, latents


class Progress:
    """Writes `reports/progress/<step>.png`.

    Args:
        pictures: how samples look, as `pictures.pictures_of` says.
        classes: how many a conditional generator is asked for, in turn; otherwise 0.
    """

    def __init__(self, pictures, params, classes: int):
        self.pictures, count = pictures, pictures.progress_count
        self.points = latents.draw(
            params.seed, Purpose.FIXED_LATENTS, params.noise, count, params.latent_dim
        )
        if classes:
            self.points = attached(self.points, np.arange(count) % classes, classes)

    def save(self, generator, step: int) -> np.ndarray:
        """Returns the picture, (height, width, channels) uint8."""
        picture = self.pictures.progress(latents.generate(generator, self.points))
        grids.save_png(picture, f"reports/progress/{step:08d}.png")
        return picture
