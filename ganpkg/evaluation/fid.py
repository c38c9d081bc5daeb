"""Fréchet distance between two sets of features.

Heusel et al. 2017, "GANs trained by a two time-scale update rule", equation 6:
|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), with means m and covariances C. There the
features are an Inception network's; here they are our own classifier's, so the numbers
compare with each other but not with published ones. It sees means and covariances alone,
and is biased upwards at few samples: read it beside its control.

`fid_infinity` takes out the bias that comes of few generated samples: Chong & Forsyth 2020,
"Effectively unbiased FID and Inception score", section 3.2: the distance of parts of the
samples is, nearly, linear in 1 / their number, and is extrapolated to 0. `fid_infinity_error`
is the standard error of that line there.
"""

import numpy as np
from scipy.linalg import eigh
from scipy.stats import linregress

from ganpkg.evaluation.embedded import Embedded

SIZES = 15  # parts of a tenth to all of the samples, as in the paper


def fid(reference: Embedded, samples: Embedded) -> dict[str, float]:
    first, second = reference.features, samples.features
    infinity, error = extrapolated(first, second)
    return {
        "fid": frechet_distance(first, second),
        "fid_infinity": infinity,
        "fid_infinity_error": error,
    }


def extrapolated(reference: np.ndarray, samples: np.ndarray) -> tuple[float, float]:
    """The distance at infinitely many samples, and its standard error."""
    random, reference = np.random.default_rng(0), Gaussian(reference)
    counts = np.linspace(max(2, len(samples) / 10), len(samples), SIZES).astype(int)
    distances = [
        reference.distance(Gaussian(samples[random.choice(len(samples), count, replace=False)]))
        for count in counts
    ]
    line = linregress(1 / counts, distances)
    return float(line.intercept), float(line.intercept_stderr)


def frechet_distance(first: np.ndarray, second: np.ndarray) -> float:
    """The distance of Gaussians fitted to two arrays of features, (n, d) float64."""
    return Gaussian(first).distance(Gaussian(second))


class Gaussian:
    """The one fitted to features, (n, d) float64."""

    def __init__(self, features: np.ndarray):
        self.mean = features.mean(axis=0)
        covariance = np.atleast_2d(np.cov(features, rowvar=False))
        self.trace = np.trace(covariance)
        values, vectors = eigh(covariance)
        self.root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T

    def distance(self, other: "Gaussian") -> float:
        # tr (C1 C2)^(1/2) is the sum of the singular values of C1^(1/2) C2^(1/2), and both
        # roots are those of symmetric matrices, which `eigh` gives reliably.
        cross = np.linalg.svd(self.root @ other.root, compute_uv=False).sum()
        difference = self.mean - other.mean
        return float(difference @ difference + self.trace + other.trace - 2 * cross)
