"""Distances between samples, worked out once for all metrics that ask about neighbours."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ganpkg.evaluation.embedded import Embedded

NEIGHBOURS = 5  # as in Naeem et al. 2020
NEIGHBOURS_OF_PRECISION = 3  # as in Kynkaanniemi et al. 2019


@lru_cache(maxsize=1)
def between(reference: Embedded, samples: Embedded) -> np.ndarray:
    """(references, samples) the distance from each to each."""
    from scipy.spatial.distance import cdist

    return cdist(reference.features, samples.features)


@lru_cache(maxsize=8)
def reaches(embedded: Embedded) -> np.ndarray:
    """(n, 5) the distances of each sample to its nearest others in the set, rising."""
    from scipy.spatial.distance import cdist

    distances = cdist(embedded.features, embedded.features)
    np.fill_diagonal(distances, np.inf)
    return np.sort(np.partition(distances, NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS], axis=1)


class Nearest(NamedTuple):
    """The training samples nearest to samples, (n,) each."""

    first: np.ndarray
    """The distance to the nearest."""
    second: np.ndarray
    """The distance to the second nearest."""
    index: np.ndarray
    """Which training sample is the nearest."""


@lru_cache(maxsize=8)
def nearest_in_train(samples: Embedded) -> Nearest:
    distances, neighbours = _search(samples.train).kneighbors(samples.features)
    return Nearest(*distances.T, neighbours[:, 0])


@lru_cache(maxsize=1)
def _search(train: Embedded):
    from sklearn.neighbors import NearestNeighbors

    return NearestNeighbors(n_neighbors=2, algorithm="brute").fit(train.features)
