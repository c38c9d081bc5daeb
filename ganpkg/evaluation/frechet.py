"""The Fréchet distance between Gaussians fitted to features.

Dowson & Landau 1982, "The Fréchet distance between multivariate normal distributions",
equation 4: |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), with means m and covariances C.
"""

import numpy as np
from scipy.linalg import eigh


class Gaussian:
    """A Gaussian of this mean, (d,), and covariance, (d, d), both float64."""

    def __init__(self, mean: np.ndarray, covariance: np.ndarray):
        self.mean = mean
        self.trace = np.trace(covariance)
        values, vectors = eigh(covariance)
        self.root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T

    @classmethod
    def fit(cls, features: np.ndarray) -> "Gaussian":
        """The Gaussian fitted to features, (n, d) float64."""
        return cls(features.mean(axis=0), np.atleast_2d(np.cov(features, rowvar=False)))

    def distance(self, other: "Gaussian") -> float:
        # tr (C1 C2)^(1/2) is the sum of the singular values of C1^(1/2) C2^(1/2). Both roots
        # belong to symmetric matrices, for which `eigh` is accurate.
        cross = np.linalg.svd(self.root @ other.root, compute_uv=False).sum()
        difference = self.mean - other.mean
        return float(difference @ difference + self.trace + other.trace - 2 * cross)
