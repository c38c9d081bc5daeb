"""scikit-learn's handwritten digits: 1,797 real images of 8x8 pixels, inside that package.

Source: E. Alpaydin & C. Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998.
"""

import numpy as np

from ganpkg.datasets.dataset import Dataset, Split, split_in_three
from ganpkg.datasets.source import Source

HELD_OUT = 360


class Digits(Source):
    def load(self, split_seed, raw):
        """1,077 training images; a fifth each for validation and test."""
        from sklearn.datasets import load_digits

        digits = load_digits()
        samples = np.round(digits.images * (255 / 16)).astype(np.uint8)[..., None]
        labels = digits.target.astype(np.uint8)
        splits = split_in_three(Split(samples, labels), HELD_OUT, split_seed)
        return Dataset(*splits, classes=[str(digit) for digit in range(10)])
