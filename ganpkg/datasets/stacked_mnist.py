"""Stacked MNIST: three random digits as the channels of one image, 1,000 modes.

Metz et al. 2017, "Unrolled generative adversarial networks", section 3.3.1.
"""

from typing import ClassVar

import numpy as np

from ganpkg.datasets.dataset import Dataset, Split
from ganpkg.datasets.keras_images import KerasDataset

CHANNELS = 3


class StackedMNIST(KerasDataset):
    name: ClassVar[str] = "mnist"
    shape: ClassVar[tuple[int, ...]] = (28, 28)
    train_count: ClassVar[int] = 60_000
    classes: ClassVar[list[str]] = list("0123456789")
    stacked_digits: ClassVar[bool] = True

    def load(self, split_seed, raw):
        """As many images as MNIST has in each split, stacked from the digits of that split.

        An image's class is its digits read as a number, the first channel's the hundreds.
        """
        generator = np.random.Generator(np.random.Philox(split_seed))
        digits = super().load(split_seed, raw)
        splits = (_stacked(split, generator) for split in digits.splits.values())
        return Dataset(*splits, classes=[f"{number:03}" for number in range(1000)])


def _stacked(digits: Split, generator: np.random.Generator) -> Split:
    chosen = generator.integers(len(digits.samples), size=(len(digits.samples), CHANNELS))
    images = np.concatenate([digits.samples[numbers] for numbers in chosen.T], axis=-1)
    labels = digits.labels[chosen].astype(np.uint16) @ np.array([100, 10, 1], np.uint16)
    return Split(images, labels)
