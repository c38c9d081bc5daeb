"""Fréchet distance between two sets of features.

Heusel et al. 2017, "GANs trained by a two time-scale update rule", equation 6:
|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), with means m and covariances C. There the
features are an Inception network's; here they are our own classifier's, so the numbers
compare with each other but not with published ones. It sees means and covariances alone,
and is biased upwards at few samples: read it beside its control.
"""

import numpy as np
from scipy.linalg import eigh

from ganpkg.evaluation.embedded import Embedded


def fid(reference: Embedded, samples: Embedded) -> dict[str, float]:
    return {"fid": frechet_distance(reference.features, samples.features)}


def frechet_distance(first: np.ndarray, second: np.ndarray) -> float:
    """The distance of Gaussians fitted to two arrays of features, (n, d) float64."""
    difference = first.mean(axis=0) - second.mean(axis=0)
    covariances = [np.atleast_2d(np.cov(features, rowvar=False)) for features in (first, second)]
    # tr (C1 C2)^(1/2) is the sum of the singular values of C1^(1/2) C2^(1/2), and both
    # roots are those of symmetric matrices, which `eigh` gives reliably.
    roots = [_root(covariance) for covariance in covariances]
    cross = np.linalg.svd(roots[0] @ roots[1], compute_uv=False).sum()
    return difference @ difference + sum(np.trace(c) for c in covariances) - 2 * cross


def _root(covariance: np.ndarray) -> np.ndarray:
    values, vectors = eigh(covariance)
    return (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
