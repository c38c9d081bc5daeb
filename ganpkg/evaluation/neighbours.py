"""Distances between samples, worked out once for all metrics that ask about neighbours."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from sklearn.metrics import pairwise_distances_chunked
from sklearn.neighbors import NearestNeighbors

from ganpkg.evaluation.embedded import Embedded

NEIGHBOURS = 5  # as in Naeem et al. 2020
NEIGHBOURS_OF_PRECISION = 3  # as in Kynkaanniemi et al. 2019
MEGABYTES = 128  # of distances held at a time; with many more it is slower


class Between(NamedTuple):
    """What metrics ask of the distances from every sample to every reference sample."""

    precise: np.ndarray
    """(samples,) whether a sample lies within the reach of a reference sample."""
    recalled: np.ndarray
    """(references,) whether a reference sample lies within the reach of a sample."""
    density: np.ndarray
    """(samples,) how many reference samples' reach, by five neighbours, it is within."""
    to_sample: np.ndarray
    """(references,) the distance to the nearest sample."""
    to_reference: np.ndarray
    """(samples,) the distance to the nearest reference sample."""


@lru_cache(maxsize=8)
def reaches(embedded: Embedded) -> np.ndarray:
    """(n, 5) the distances of each sample to its nearest others in the set, rising."""
    searched = NearestNeighbors(n_neighbors=NEIGHBOURS, algorithm="brute").fit(embedded.features)
    return searched.kneighbors()[0]  # a point is not its own neighbour


@lru_cache(maxsize=1)
def between(reference: Embedded, samples: Embedded) -> Between:
    """A sample's reach, here, is the distance to its third neighbour in its own set."""
    reach = reaches(reference)
    precise_reach, density_reach = reach[:, NEIGHBOURS_OF_PRECISION - 1], reach[:, -1]
    samples_reach = reaches(samples)[:, NEIGHBOURS_OF_PRECISION - 1, None]
    precise, density, to_reference = [], [], []
    recalled = np.zeros(len(reach), bool)
    to_sample = np.full(len(reach), np.inf)
    start = 0
    for distances in pairwise_distances_chunked(
        samples.features, reference.features, working_memory=MEGABYTES
    ):
        chunk = slice(start, start + len(distances))
        precise.append((distances <= precise_reach).any(axis=1))
        density.append((distances <= density_reach).sum(axis=1))
        to_reference.append(distances.min(axis=1))
        recalled |= (distances <= samples_reach[chunk]).any(axis=0)
        np.minimum(to_sample, distances.min(axis=0), out=to_sample)
        start = chunk.stop
    precise, density, to_reference = map(np.concatenate, (precise, density, to_reference))
    return Between(precise, recalled, density, to_sample, to_reference)
