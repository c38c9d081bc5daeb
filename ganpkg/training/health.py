"""Checks at every logging step whether a training goes wrong.

Mode collapse (Goodfellow 2016, section 5.1.1) lowers the diversity of the samples: the mean
distance between two samples, divided by the mean distance between two real ones. Diversity is
about 1 if samples vary as much as the data, and 0 if all are alike. It cannot distinguish variety
within a few modes from variety over all modes. A discriminator that makes no mistakes gives the
generator little to learn from.
"""

import numpy as np
from scipy.spatial.distance import pdist

PROBES = 64  # the number of samples compared
MIN_DIVERSITY = 0.2
MAX_ACCURACY = 0.999


class Diversity:
    """
    Args:
        generator: draws the samples.
        points: latent points, (n, latent); the first 64 are used.
        reals: real samples scaled for the networks, (n, *sample); the first 64 are used.
    """

    def __init__(self, generator, points: np.ndarray, reals: np.ndarray):
        self.generator, self.points = generator, points[:PROBES]
        self.real_distance = mean_distance(np.asarray(reals[:PROBES])) or 1.0  # 0 if all are alike

    def __call__(self) -> float:
        samples = np.asarray(self.generator(self.points, training=False))
        return mean_distance(samples) / self.real_distance


class Warnings:
    """Warns once of each problem."""

    def __init__(self):
        self._given: set[str] = set()

    def of(self, row: dict) -> list[str]:
        """The warnings that a row of history.csv causes for the first time.

        A critic has no accuracy, because it estimates a distance.
        """
        warnings = {}
        if row["diversity"] < MIN_DIVERSITY:
            warnings["collapse"] = (
                f"the samples are nearly alike (diversity {row['diversity']:.3f}, real ones 1): "
                "the generator has collapsed, or has learnt nothing yet"
            )
        accuracy = min(row["d_accuracy_real"], row["d_accuracy_fake"])
        if accuracy > MAX_ACCURACY and "wasserstein_distance" not in row:
            warnings["won"] = (
                "the discriminator makes no mistakes any more: the generator may learn nothing"
            )
        new = warnings.keys() - self._given
        self._given |= new
        return sorted(f"iteration {row['step']:,}: {warnings[kind]}" for kind in new)


def mean_distance(samples: np.ndarray) -> float:
    """The mean Euclidean distance between two of the samples, (n, *sample)."""
    return float(pdist(samples.reshape(len(samples), -1)).mean())
