"""Kernel distance between two sets of features.

Binkowski et al. 2018, "Demystifying MMD GANs", section 4: the squared maximum mean
discrepancy with the kernel (x.y / d + 1)^3, by its unbiased estimator (which can be
slightly negative), averaged over blocks of at least 1,000 samples, or all; `kid_spread` is the
blocks' standard deviation, 0 if there is only one. It sees moments up to the third and no
higher ones.
"""

import numpy as np

from ganpkg.evaluation.embedded import Embedded

BLOCK = 1000


def kid(reference: Embedded, samples: Embedded) -> dict[str, float]:
    distances = kernel_distances(reference.features, samples.features)
    return {"kid": float(np.mean(distances)), "kid_spread": float(np.std(distances))}


def kernel_distances(first: np.ndarray, second: np.ndarray) -> list[float]:
    """Of each of the blocks of equal size of two arrays of features, (n, d) float64."""
    blocks = max(1, len(first) // BLOCK)
    pairs = zip(np.array_split(first, blocks), np.array_split(second, blocks))
    return [_squared_mmd(x, y) for x, y in pairs]


def _squared_mmd(x: np.ndarray, y: np.ndarray) -> float:
    """Gretton et al. 2012, equation 3: pairs of a sample with itself are left out."""

    def among(a):
        kernel = _kernel(a, a)
        return (kernel.sum() - np.trace(kernel)) / (len(a) * (len(a) - 1))

    return among(x) + among(y) - 2 * _kernel(x, y).mean()


def _kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (x @ y.T / x.shape[1] + 1) ** 3
