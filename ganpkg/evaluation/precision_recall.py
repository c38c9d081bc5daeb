"""Precision and recall of two sets of features.

Kynkaanniemi et al. 2019, "Improved precision and recall metric for assessing generative
models", equation 2: a set's manifold is the union of balls around its points that reach to
the third nearest neighbour. Precision is the share of samples within the manifold of the
reals (quality), recall the share of reals within the manifold of the samples (variety). Even
two sets of one distribution do not reach 1, hence the control; single outliers can inflate
both.
"""

import numpy as np
from sklearn.metrics import pairwise_distances_chunked
from sklearn.neighbors import NearestNeighbors

from ganpkg.evaluation.embedded import Embedded

NEIGHBOURS = 3


def precision_recall(reference: Embedded, samples: Embedded) -> dict[str, float]:
    return {
        "precision": share_within(samples.features, reference.features),
        "recall": share_within(reference.features, samples.features),
    }


def share_within(points: np.ndarray, manifold: np.ndarray) -> float:
    """The share of `points` in at least one ball of `manifold`; both (n, d)."""
    neighbours = NearestNeighbors(n_neighbors=NEIGHBOURS, algorithm="brute").fit(manifold)
    radii = neighbours.kneighbors()[0][:, -1]  # a point is not its own neighbour
    within = [
        (distances <= radii).any(axis=1)
        for distances in pairwise_distances_chunked(points, manifold)
    ]
    return float(np.concatenate(within).mean())
