"""Signs that a training goes wrong, looked for at every logging interval.

Mode collapse (Goodfellow 2016, section 5.1.1) shows in the diversity of samples: the mean
distance between two of them, divided by that between two real ones. It is about 1 if they are as
varied and 0 if all are alike; variety within a few modes it does not tell from variety over all.
A discriminator that makes no mistakes any more leaves the generator little to learn from.
"""

import numpy as np
from scipy.spatial.distance import pdist

PROBES = 64  # samples compared
LEAST_DIVERSITY = 0.2
TOO_ACCURATE = 0.999


class Diversity:
    """
    Args:
        generator: the one samples are drawn from.
        points: (n, latent), of which the first 64 are used.
        reals: (n, *sample), as a generator makes them, likewise.
    """

    def __init__(self, generator, points: np.ndarray, reals: np.ndarray):
        self.generator, self.points = generator, points[:PROBES]
        self.real_distance = mean_distance(np.asarray(reals[:PROBES])) or 1.0  # were all alike

    def __call__(self) -> float:
        samples = np.asarray(self.generator(self.points, training=False))
        return mean_distance(samples) / self.real_distance


class Warnings:
    def __init__(self):
        self.told: set[str] = set()

    def of(self, row: dict) -> list[str]:
        """What is wrong for the first time in a row of history.csv.

        A critic, which estimates a distance, has no accuracy.
        """
        found = {}
        if row["diversity"] < LEAST_DIVERSITY:
            found["collapse"] = (
                f"the samples are nearly alike (diversity {row['diversity']:.3f}, real ones 1): "
                "the generator has collapsed, or has learnt nothing yet"
            )
        accuracy = min(row["d_accuracy_real"], row["d_accuracy_fake"])
        if accuracy > TOO_ACCURATE and "wasserstein_distance" not in row:
            found["won"] = (
                "the discriminator makes no mistakes any more: the generator may learn nothing"
            )
        new = [f"iteration {row['step']:,}: {found[kind]}" for kind in found.keys() - self.told]
        self.told |= found.keys()
        return sorted(new)


def mean_distance(samples: np.ndarray) -> float:
    """The mean Euclidean distance between two of the samples, (n, *sample)."""
    return float(pdist(samples.reshape(len(samples), -1)).mean())
