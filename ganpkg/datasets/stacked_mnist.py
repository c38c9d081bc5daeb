"""Stacked MNIST: three random digits as the channels of one image, 1,000 modes.

Metz et al. 2017, "Unrolled generative adversarial networks", section 3.3.1.
"""

from pathlib import Path

import numpy as np

from ganpkg.datasets import keras_images
from ganpkg.datasets.dataset import Dataset, Split

CHANNELS = 3


def load(split_seed: int, raw: Path) -> Dataset:
    """As many images as MNIST has in each split, stacked from the digits of that split.

    An image's class is its digits read as a number, the first channel's the hundreds.
    """
    generator = np.random.Generator(np.random.Philox(split_seed))
    digits = keras_images.load("mnist", split_seed, raw)
    splits = (_stacked(split, generator) for split in digits.splits.values())
    return Dataset(*splits, classes=[f"{number:03}" for number in range(1000)])


def _stacked(digits: Split, generator: np.random.Generator) -> Split:
    chosen = generator.integers(len(digits.samples), size=(len(digits.samples), CHANNELS))
    images = np.concatenate([digits.samples[numbers] for numbers in chosen.T], axis=-1)
    labels = digits.labels[chosen].astype(np.uint16) @ np.array([100, 10, 1], np.uint16)
    return Split(images, labels)
