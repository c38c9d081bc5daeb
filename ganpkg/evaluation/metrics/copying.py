"""Whether samples are copies of the train split.

Meehan et al. 2020: in each of some cells of the space (here of k-means on the train split), the
samples' distances to the nearest training sample are compared with those of held-out reals by
the Mann-Whitney U test; C_T is the mean of its z over the cells, weighted by their shares of
the reals. Here that is divided by the deviation that it has by chance (a third or so, with ten
cells), so that `copying_c_t` is a z-score itself, whatever the number of cells. Around 0 is right,
far below copies, far above samples that lie off the data.

`neighbour_distance_ratio` is the mean over the samples of the distance to the nearest
training sample divided by that to the second nearest: 0 of copies.
"""

from functools import lru_cache

import numpy as np

from ganpkg.evaluation.embedded import Embedded
from ganpkg.evaluation.metric import AS_REAL, Group, Level, Number, metric
from ganpkg.evaluation.neighbours import nearest_in_train

CELLS = 10
ROUNDING = 1e-5  # of the usual distance: what a copy's, which is 0, may seem to be
MIN_IN_A_CELL = 20  # samples; with fewer the z of U is not normal


@metric(
    Number(
        "copying_c_t", "a z-score: far below 0 are copies of the train split", AS_REAL,
        Level.HEADLINE,
        alarm=(-3.0, "samples lie closer to the train split than fresh reals do"),
    ),
    Number(
        "neighbour_distance_ratio", "nearest to second nearest training sample: 0 copies", AS_REAL
    ),
    group=Group.COPYING,
    order=1,
    paper="Meehan et al. 2020, A non-parametric test to detect data-copying in generative models, "
    "sections 3 and 4",
    blind="A copy whose features differ is none for them.",
    min_samples=1,
)  # fmt: skip
def copying(reference: Embedded, samples: Embedded) -> dict[str, float]:
    """Without `copying_c_t` where no cell has enough samples."""
    if samples.train is None:
        return {}
    held_out, nearest = nearest_in_train(reference), nearest_in_train(samples)
    some = nearest.first > ROUNDING * np.median(held_out.first)
    ratio = np.divide(nearest.first, nearest.second, out=np.zeros_like(nearest.first), where=some)
    return {**_statistic(reference, samples), "neighbour_distance_ratio": ratio.mean()}


def _statistic(reference: Embedded, samples: Embedded) -> dict[str, float]:
    cells = _cells(samples.train, len(samples))
    (reals, real_cells), (fakes, fake_cells) = (
        (nearest_in_train(part).first, cells.predict(part.features))
        for part in (reference, samples)
    )
    total = variance = 0.0
    for cell in np.unique(real_cells):
        real, fake = reals[real_cells == cell], fakes[fake_cells == cell]
        if min(len(real), len(fake)) >= MIN_IN_A_CELL:
            total += len(real) * z_of_u(fake, real)
            variance += len(real) ** 2
    return {"copying_c_t": total / np.sqrt(variance)} if variance else {}


@lru_cache(maxsize=1)
def _cells(train: Embedded, count: int):
    """k-means on the train split, with cells for so many samples."""
    from sklearn.cluster import KMeans

    cells = min(CELLS, max(1, count // (2 * MIN_IN_A_CELL)))
    return KMeans(cells, n_init=1, max_iter=20, random_state=0).fit(train.features)


def z_of_u(fake: np.ndarray, real: np.ndarray) -> float:
    """Mann-Whitney's U, standardised: below 0 if `fake` tends to be smaller than `real`."""
    from scipy.stats import mannwhitneyu

    u = mannwhitneyu(fake, real, method="asymptotic").statistic
    product = len(fake) * len(real)
    return float((u - product / 2) / np.sqrt(product * (len(fake) + len(real) + 1) / 12))
