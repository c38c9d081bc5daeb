"""Distances between samples, computed once for all metrics that use neighbours."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ganpkg.evaluation.sample_set import SampleSet

NEIGHBOURS = 5  # Naeem et al. 2020
PRECISION_NEIGHBOURS = 3  # Kynkaanniemi et al. 2019
CLOSEST = 10


@lru_cache(maxsize=1)
def cross_distances(reference: SampleSet, samples: SampleSet) -> np.ndarray:
    """(references, samples), the distance between each pair."""
    from scipy.spatial.distance import cdist

    return cdist(reference.features, samples.features)


@lru_cache(maxsize=8)
def neighbour_distances(samples: SampleSet) -> np.ndarray:
    """(n, 5), the distances of each sample to its nearest neighbours in the set, ascending."""
    from scipy.spatial.distance import cdist

    distances = cdist(samples.features, samples.features)
    np.fill_diagonal(distances, np.inf)
    return np.sort(np.partition(distances, NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS], axis=1)


class Nearest(NamedTuple):
    """The distances to the nearest and the second nearest training sample, and the index of the
    nearest, (n,) each."""

    first: np.ndarray
    second: np.ndarray
    index: np.ndarray


@lru_cache(maxsize=8)
def nearest_in_train(samples: SampleSet) -> Nearest:
    distances, indices = _search(samples.train).kneighbors(samples.features)
    return Nearest(*distances.T, indices[:, 0])


@lru_cache(maxsize=1)
def _search(train: SampleSet):
    from sklearn.neighbors import NearestNeighbors

    return NearestNeighbors(n_neighbors=2, algorithm="brute").fit(train.features)


def closest_pairs(generated: SampleSet) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The 10 generated samples closest to the train split, (10,) each: their indices, the indices
    of the training samples, and the distances between their features."""
    nearest = nearest_in_train(generated)
    indices = np.argsort(nearest.first, kind="stable")[:CLOSEST]
    return indices, nearest.index[indices], nearest.first[indices]
