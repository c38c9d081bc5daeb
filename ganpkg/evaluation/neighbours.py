"""Distances between samples, worked out once for all metrics that ask about neighbours."""

from functools import lru_cache

import numpy as np
from scipy.spatial.distance import cdist

from ganpkg.evaluation.embedded import Embedded

NEIGHBOURS = 5  # as in Naeem et al. 2020
NEIGHBOURS_OF_PRECISION = 3  # as in Kynkaanniemi et al. 2019


@lru_cache(maxsize=1)
def between(reference: Embedded, samples: Embedded) -> np.ndarray:
    """(references, samples) the distance from each to each."""
    return cdist(reference.features, samples.features)


@lru_cache(maxsize=8)
def reaches(embedded: Embedded) -> np.ndarray:
    """(n, 5) the distances of each sample to its nearest others in the set, rising."""
    distances = cdist(embedded.features, embedded.features)
    np.fill_diagonal(distances, np.inf)
    return np.sort(np.partition(distances, NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS], axis=1)
