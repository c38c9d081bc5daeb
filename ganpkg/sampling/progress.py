"""Samples of the same latent points, over the course of training."""

from pathlib import Path

import numpy as np

from ganpkg import storage
from ganpkg.kinds import Kind
from ganpkg.labels import append_codes
from ganpkg.randomness import Purpose
from ganpkg.sampling import latents

COLUMNS = 8  # of images in a grid
MOST_CLASSES = 20  # shown, of a conditional GAN


def classes_in_rows(classes: int, columns: int) -> np.ndarray:
    """The classes asked for in a picture that shows the first of them, each in a row."""
    return np.arange(min(classes, MOST_CLASSES)).repeat(columns)


class Progress:
    """Writes `data/progress/<step>.npy`; `files` are those written, by step.

    Args:
        classes: how many a conditional generator knows; otherwise 0.
    """

    def __init__(self, params, kind: Kind, classes: int):
        self.files: dict[int, Path] = {}
        in_rows = classes_in_rows(classes, COLUMNS)
        count = len(in_rows) or kind.progress_samples
        self.kind = kind
        self.points = latents.draw(
            params.seed, Purpose.FIXED_LATENTS, params.noise, count, params.latent_dim
        )
        if classes:
            self.points = append_codes(self.points, in_rows, classes)

    def save(self, generator, step: int) -> np.ndarray:
        """Returns the samples, as `pictures.Pictures.progress` takes them."""
        samples = latents.generate(generator, self.points, self.kind)
        with storage.atomic(self.file(step)) as temporary, temporary.open("wb") as file:
            np.save(file, samples)
        return samples

    def file(self, step: int) -> Path:
        self.files[step] = Path(f"data/progress/{step:08d}.npy")
        return self.files[step]
