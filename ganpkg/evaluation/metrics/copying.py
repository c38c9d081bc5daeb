"""Whether samples are copies of the train split.

The feature space is divided into cells (here by k-means on the train split). In each cell the
distances from the samples to their nearest training sample are compared with those of held-out
reals by the Mann-Whitney U test. C_T is the mean z of the cells, weighted by their shares of the
reals. Here it is divided by its standard deviation under chance (about a third with ten cells), so
that `copying_c_t` is a z-score for any number of cells. It is around 0 for an honest generator,
far below 0 for copies, and far above 0 for samples off the data.

`neighbour_distance_ratio` is the mean ratio of the distances to the nearest and to the second
nearest training sample: 0 for copies.
"""

from functools import lru_cache

import numpy as np

from ganpkg.evaluation.description import AS_REAL, Group, Level, Number, metric
from ganpkg.evaluation.neighbours import nearest_in_train
from ganpkg.evaluation.sample_set import SampleSet

CELLS = 10
ROUNDING = 1e-5  # of the median distance: rounding error of a copy's distance, which is 0
MIN_IN_CELL = 20  # samples; with fewer the z of U is not normal


@metric(
    Number(
        "copying_c_t", "z-score: far below 0 for copies of the train split", AS_REAL,
        Level.HEADLINE,
        alarm=(-3.0, "samples lie closer to the train split than new real samples do"),
    ),
    Number(
        "neighbour_distance_ratio",
        "distance to the nearest over the second nearest training sample: 0 for copies", AS_REAL,
    ),
    group=Group.COPYING,
    order=1,
    paper="Meehan et al. 2020, A non-parametric test to detect data-copying in generative models, "
    "sections 3 and 4",
    blind_spot="They do not detect copies whose features differ from the original's.",
    min_samples=1,
)  # fmt: skip
def copying(reference: SampleSet, samples: SampleSet) -> dict[str, float]:
    """Omits `copying_c_t` if no cell has enough samples."""
    if samples.train is None:
        return {}
    reals, fakes = nearest_in_train(reference), nearest_in_train(samples)
    apart = fakes.first > ROUNDING * np.median(reals.first)
    ratio = np.divide(fakes.first, fakes.second, out=np.zeros_like(fakes.first), where=apart)
    numbers = {"neighbour_distance_ratio": ratio.mean()}

    cells = _cells(samples.train, len(samples))
    real_cells, fake_cells = cells.predict(reference.features), cells.predict(samples.features)
    total = variance = 0.0
    for cell in np.unique(real_cells):
        real, fake = reals.first[real_cells == cell], fakes.first[fake_cells == cell]
        if min(len(real), len(fake)) >= MIN_IN_CELL:
            total += len(real) * z_of_u(fake, real)
            variance += len(real) ** 2
    return {"copying_c_t": total / np.sqrt(variance), **numbers} if variance else numbers


@lru_cache(maxsize=1)
def _cells(train: SampleSet, count: int):
    """k-means on the train split, with as many cells as `count` samples allow."""
    from sklearn.cluster import KMeans

    cells = min(CELLS, max(1, count // (2 * MIN_IN_CELL)))
    return KMeans(cells, n_init=1, max_iter=20, random_state=0).fit(train.features)


def z_of_u(fake: np.ndarray, real: np.ndarray) -> float:
    """The standardized Mann-Whitney U: below 0 if `fake` tends to be smaller than `real`."""
    from scipy.stats import mannwhitneyu

    u = mannwhitneyu(fake, real, method="asymptotic").statistic
    product = len(fake) * len(real)
    return float((u - product / 2) / np.sqrt(product * (len(fake) + len(real) + 1) / 12))
