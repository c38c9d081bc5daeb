"""The sliced Wasserstein distance between rows of a table, scaled as the networks see them.

It is the mean over random directions of the Wasserstein distance, of order 1, between the projected
points. It is biased upwards for few samples; the real control has the same bias.
"""

import numpy as np

from ganpkg.evaluation.description import LOWER, Group, Level, Number, metric
from ganpkg.evaluation.sample_set import SampleSet

DIRECTIONS = 100


@metric(
    Number(
        "sliced_wasserstein", "sliced Wasserstein distance of the scaled rows", LOWER, Level.TABLE
    ),
    group=Group.DISTANCE,
    order=3,
    paper="Bonneel et al. 2015, Sliced and Radon Wasserstein barycenters of measures",
    blind_spot="In many dimensions, most directions show little of a difference.",
)
def sliced_wasserstein(reference: SampleSet, samples: SampleSet) -> dict[str, float]:
    if samples.rows is None:
        return {}
    return {"sliced_wasserstein": sliced_distance(reference.rows, samples.rows)}


def sliced_distance(x: np.ndarray, y: np.ndarray) -> float:
    """The distance between two arrays of points, (n, d)."""
    from scipy.stats import wasserstein_distance

    directions = np.random.default_rng(0).normal(size=(DIRECTIONS, x.shape[1]))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return float(np.mean([wasserstein_distance(x @ d, y @ d) for d in directions]))
