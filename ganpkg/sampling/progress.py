"""The same latent points, pictured over the course of training."""

from pathlib import Path

import numpy as np

from ganpkg.labels import attached
from ganpkg.randomness import Purpose
from ganpkg.sampling import grids, latents
from ganpkg.sampling.pictures import PROGRESS_COLUMNS, classes_in_rows


class Progress:
    """Writes `reports/progress/<step>.png`; `files` are those written, by step.

    Args:
        pictures: how samples look, as `pictures.pictures_of` says.
        classes: how many a conditional generator knows; otherwise 0.
    """

    def __init__(self, pictures, params, classes: int):
        self.files: dict[int, Path] = {}
        self.pictures, count = pictures, pictures.progress_count
        self.points = latents.draw(
            params.seed, Purpose.FIXED_LATENTS, params.noise, count, params.latent_dim
        )
        if classes:
            in_rows = classes_in_rows(classes, PROGRESS_COLUMNS)
            self.points = attached(self.points, in_rows, classes)

    def save(self, generator, step: int) -> np.ndarray:
        """Returns the picture, (height, width, channels) uint8."""
        picture = self.pictures.progress(latents.generate(generator, self.points))
        grids.save_png(picture, self.file(step))
        return picture

    def file(self, step: int) -> Path:
        self.files[step] = Path(f"reports/progress/{step:08d}.png")
        return self.files[step]
