"""The sliced Wasserstein distance of two sets of points.

Bonneel et al. 2015: the mean, over directions, of the distance of the points' projections, here of
order 1. Of rows of a table, as they are scaled for the networks. It is biased upwards at few
samples: read it beside its control.
"""

import numpy as np

from ganpkg.evaluation.embedded import Embedded
from ganpkg.evaluation.metric import LOWER, Group, Level, Number, metric

DIRECTIONS = 100


@metric(
    Number(
        "sliced_wasserstein", "sliced Wasserstein distance of the scaled rows", LOWER, Level.TABLE
    ),
    group=Group.DISTANCE,
    order=3,
    paper="Bonneel et al. 2015, Sliced and Radon Wasserstein barycenters of measures",
    blind="In many dimensions most directions see little of what differs.",
)
def sliced_wasserstein(reference: Embedded, samples: Embedded) -> dict[str, float]:
    if samples.rows is None:
        return {}
    return {"sliced_wasserstein": distance(reference.rows, samples.rows)}


def distance(reference: np.ndarray, samples: np.ndarray) -> float:
    """
    Args:
        reference, samples: (n, d).
    """
    from scipy.stats import wasserstein_distance

    directions = np.random.default_rng(0).normal(size=(DIRECTIONS, reference.shape[1]))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return float(
        np.mean([wasserstein_distance(reference @ along, samples @ along) for along in directions])
    )
