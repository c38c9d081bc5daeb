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

import numpy as np
from scipy.stats import mannwhitneyu
from sklearn.cluster import KMeans
from sklearn.neighbors import NearestNeighbors

CELLS = 10
ROUNDING = 1e-5  # of the usual distance: what a copy's, which is 0, may seem to be
LEAST_IN_A_CELL = 20  # samples; with fewer the z of U is not normal


class Copying:
    """The test against one train split and one set of held-out reals.

    Args:
        train, held_out: features, (n, d) float64.
    """

    def __init__(self, train: np.ndarray, held_out: np.ndarray):
        self.search = NearestNeighbors(n_neighbors=2, algorithm="brute").fit(train)
        cells = min(CELLS, max(1, len(held_out) // (2 * LEAST_IN_A_CELL)))
        self.cells = KMeans(cells, n_init=1, max_iter=20, random_state=0).fit(train)
        self.cell_of_real = self.cells.predict(held_out)
        self.real_distances = self.search.kneighbors(held_out)[0][:, 0]

    def __call__(self, samples: np.ndarray) -> tuple[dict, np.ndarray, np.ndarray]:
        """
        Args:
            samples: (n, d).

        Returns:
            the numbers, without `copying_c_t` where no cell has enough samples; and of each
            sample's nearest training sample, (n,), how far it is, and which.
        """
        distances, neighbours = self.search.kneighbors(samples)
        first, second = distances.T
        some = first > ROUNDING * np.median(self.real_distances)
        ratio = np.divide(first, second, out=np.zeros_like(first), where=some)
        statistic = self._statistic(self.cells.predict(samples), first)
        return {**statistic, "neighbour_distance_ratio": ratio}, first, neighbours[:, 0]

    def _statistic(self, cell_of_sample: np.ndarray, distances: np.ndarray) -> dict[str, float]:
        total = variance = 0.0
        for cell in range(self.cells.n_clusters):
            real = self.real_distances[self.cell_of_real == cell]
            fake = distances[cell_of_sample == cell]
            if min(len(real), len(fake)) >= LEAST_IN_A_CELL:
                total += len(real) * z_of_u(fake, real)
                variance += len(real) ** 2
        return {"copying_c_t": total / np.sqrt(variance)} if variance else {}


def z_of_u(fake: np.ndarray, real: np.ndarray) -> float:
    """Mann-Whitney's U, standardised: below 0 if `fake` tends to be smaller than `real`."""
    u = mannwhitneyu(fake, real, method="asymptotic").statistic
    product = len(fake) * len(real)
    return float((u - product / 2) / np.sqrt(product * (len(fake) + len(real) + 1) / 12))
