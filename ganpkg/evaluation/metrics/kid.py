"""Kernel distance between two sets of features.

Binkowski et al. 2018: the squared maximum mean
discrepancy with the kernel (x.y / d + 1)^3, by its unbiased estimator, which can be
slightly negative.
"""

import numpy as np

from ganpkg.evaluation.embedded import Embedded
from ganpkg.evaluation.metric import LOWER, Group, Level, Number, metric


@metric(
    Number("kid", "kernel distance of the features", LOWER, Level.TABLE),
    group=Group.DISTANCE,
    order=2,
    paper="Binkowski et al. 2018, Demystifying MMD GANs, section 4",
    blind="It sees moments up to the third and no higher ones.",
)
def kid(reference: Embedded, samples: Embedded) -> dict[str, float]:
    return {"kid": kernel_distance(reference.features, samples.features)}


def kernel_distance(x: np.ndarray, y: np.ndarray) -> float:
    """Of two arrays of features, (n, d) float64. Gretton et al. 2012, equation 3: pairs of a
    sample with itself are left out."""

    def among(a):
        kernel = _kernel(a, a)
        return (kernel.sum() - np.trace(kernel)) / (len(a) * (len(a) - 1))

    return float(among(x) + among(y) - 2 * _kernel(x, y).mean())


def _kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (x @ y.T / x.shape[1] + 1) ** 3
