"""Samples of the same latent points during training."""

from pathlib import Path

import numpy as np

from ganpkg import storage
from ganpkg.kinds import Kind
from ganpkg.labels import append_codes
from ganpkg.randomness import Purpose
from ganpkg.sampling import latents

GRID_COLUMNS = 8  # of images
MAX_CLASSES = 20  # in a grid of a conditional GAN


def grid_labels(classes: int, columns: int) -> np.ndarray:
    """The classes of the samples in a grid with one row for each of the first classes."""
    return np.arange(min(classes, MAX_CLASSES)).repeat(columns)


class Progress:
    """Writes `data/progress/<step>.npy`. `files` maps each step to its file.

    Without a conditional generator, `classes` is 0.
    """

    def __init__(self, params, kind: Kind, classes: int):
        self.files: dict[int, Path] = {}
        labels = grid_labels(classes, GRID_COLUMNS)
        count = len(labels) or kind.progress_samples
        self.kind = kind
        self.points = latents.draw(
            params.seed, Purpose.FIXED_LATENTS, params.noise, count, params.latent_dim
        )
        if classes:
            self.points = append_codes(self.points, labels, classes)

    def save(self, generator, step: int) -> np.ndarray:
        """Returns the samples, for the method `progress` of the kind's pictures."""
        samples = latents.generate(generator, self.points, self.kind)
        with storage.atomic(self.file(step)) as temporary, temporary.open("wb") as file:
            np.save(file, samples)
        return samples

    def file(self, step: int) -> Path:
        self.files[step] = Path(f"data/progress/{step:08d}.npy")
        return self.files[step]
