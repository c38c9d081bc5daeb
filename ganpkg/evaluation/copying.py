"""Whether samples are copies of the train split.

Meehan et al. 2020, "A non-parametric test to detect data-copying in generative models",
sections 3 and 4: in each of some cells of the space (here of k-means on the train split), the
samples' distances to the nearest training sample are compared with those of held-out reals by
the Mann-Whitney U test; C_T is the mean of its z over the cells, weighted by their shares of
the reals. Here that is divided by the deviation that it has by chance (a third or so, with ten
cells), so that `copying_c_t` is a z-score itself, whatever the number of cells. Around 0 is right,
far below copies, far above samples that lie off the data.

`neighbour_distance_ratio` is the mean over the samples of the distance to the nearest
training sample divided by that to the second nearest: 0 of copies. Both are as blind as the
features: a copy whose features differ is none for them.
"""

from typing import NamedTuple

import numpy as np
from scipy.stats import mannwhitneyu
from sklearn.cluster import KMeans
from sklearn.neighbors import NearestNeighbors

CELLS = 10
ROUNDING = 1e-5  # of the usual distance: what a copy's, which is 0, may seem to be
LEAST_IN_A_CELL = 20  # samples; with fewer the z of U is not normal


class Neighbours(NamedTuple):
    """Of samples, (n,) each."""

    first: np.ndarray
    """The distance to the nearest training sample."""
    second: np.ndarray
    """The distance to the next one."""
    nearest: np.ndarray
    """Which training sample is the nearest."""
    cell: np.ndarray
    """In which cell of the space a sample lies."""


class Copying:
    """The test against one train split.

    Args:
        train: features, (n, d) float64.
        count: how many samples are compared with as many held-out reals.
    """

    def __init__(self, train: np.ndarray, count: int):
        self.search = NearestNeighbors(n_neighbors=2, algorithm="brute").fit(train)
        cells = min(CELLS, max(1, count // (2 * LEAST_IN_A_CELL)))
        self.cells = KMeans(cells, n_init=1, max_iter=20, random_state=0).fit(train)

    def look(self, features: np.ndarray) -> Neighbours:
        """Where samples lie, (n, d) float64."""
        distances, neighbours = self.search.kneighbors(features)
        return Neighbours(*distances.T, neighbours[:, 0], self.cells.predict(features))

    def compare(self, held_out: Neighbours, samples: Neighbours) -> dict[str, float]:
        """The numbers; without `copying_c_t` where no cell has enough samples."""
        some = samples.first > ROUNDING * np.median(held_out.first)
        ratio = np.divide(
            samples.first, samples.second, out=np.zeros_like(samples.first), where=some
        )
        return {**_statistic(held_out, samples), "neighbour_distance_ratio": ratio.mean()}


def _statistic(held_out: Neighbours, samples: Neighbours) -> dict[str, float]:
    total = variance = 0.0
    for cell in np.unique(held_out.cell):
        real = held_out.first[held_out.cell == cell]
        fake = samples.first[samples.cell == cell]
        if min(len(real), len(fake)) >= LEAST_IN_A_CELL:
            total += len(real) * z_of_u(fake, real)
            variance += len(real) ** 2
    return {"copying_c_t": total / np.sqrt(variance)} if variance else {}


def z_of_u(fake: np.ndarray, real: np.ndarray) -> float:
    """Mann-Whitney's U, standardised: below 0 if `fake` tends to be smaller than `real`."""
    u = mannwhitneyu(fake, real, method="asymptotic").statistic
    product = len(fake) * len(real)
    return float((u - product / 2) / np.sqrt(product * (len(fake) + len(real) + 1) / 12))
