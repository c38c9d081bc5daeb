"""Stacked MNIST: three random digits as the channels of one image, 1,000 modes.

Metz et al. 2017, "Unrolled generative adversarial networks", section 3.3.1.
"""

import numpy as np

from ganpkg.datasets.dataset import Dataset, Split
from ganpkg.datasets.keras_images import KerasDataset

CHANNELS = 3


class StackedMNIST(KerasDataset):
    name = "mnist"
    stacked_digits = True

    def load(self, split_seed, raw):
        """Each split has as many images as MNIST's, stacked from the digits of that split.

        An image's class is the number that its digits form; the first channel is the hundreds.
        """
        generator = np.random.Generator(np.random.Philox(split_seed))
        digits = super().load(split_seed, raw)
        splits = (_stack(split, generator) for split in digits.splits.values())
        return Dataset(*splits, classes=[f"{number:03}" for number in range(1000)])


def _stack(digits: Split, generator: np.random.Generator) -> Split:
    indices = generator.integers(len(digits.samples), size=(len(digits.samples), CHANNELS))
    images = np.concatenate([digits.samples[channel] for channel in indices.T], axis=-1)
    labels = digits.labels[indices].astype(np.uint16) @ np.array([100, 10, 1], np.uint16)
    return Split(images, labels)
