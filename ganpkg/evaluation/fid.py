"""Fréchet distance between two sets of features.

Heusel et al. 2017, "GANs trained by a two time-scale update rule", equation 6. There the
features are an Inception network's; here they are our own classifier's, so the numbers
compare with each other but not with published ones. It sees means and covariances alone,
and is biased upwards at few samples: read it beside its control.

`fid_infinity` takes out the bias that comes of few generated samples: Chong & Forsyth 2020,
"Effectively unbiased FID and Inception score", section 3.2: the distance of parts of the
samples is, nearly, linear in 1 / their number, and is extrapolated to 0. It is not where the parts
have few samples for the number of features, and is left out there. `fid_infinity_error` is the
standard error of that line there: less than the truth, since all parts are of the same samples.
"""

import numpy as np
from scipy.stats import linregress

from ganpkg.evaluation.embedded import Embedded
from ganpkg.evaluation.frechet import Gaussian

SIZES = 15  # parts of a tenth to all of the samples, as in the paper
LEAST_A_FEATURE, LEAST = 10, 100  # samples of the smallest part


def fid(reference: Embedded, samples: Embedded) -> dict[str, float]:
    gaussian = Gaussian(reference.features)
    numbers = {"fid": gaussian.distance(Gaussian(samples.features))}
    count, features = samples.features.shape
    if count >= 10 * max(LEAST_A_FEATURE * features, LEAST):
        infinity, error = extrapolated(gaussian, samples.features)
        numbers |= {"fid_infinity": infinity, "fid_infinity_error": error}
    return numbers


def extrapolated(reference: Gaussian, samples: np.ndarray) -> tuple[float, float]:
    """The distance at infinitely many samples, and its standard error."""
    random = np.random.default_rng(0)
    counts = np.linspace(len(samples) / 10, len(samples), SIZES).astype(int)
    distances = [
        reference.distance(Gaussian(samples[random.choice(len(samples), count, replace=False)]))
        for count in counts
    ]
    line = linregress(1 / counts, distances)
    return float(line.intercept), float(line.intercept_stderr)
