"""The kernel distance between two sets of features.

It is the squared maximum mean discrepancy with the kernel (x.y / d + 1)^3. The unbiased estimator
(Gretton et al. 2012, equation 3) leaves out the pairs of a sample with itself and can be slightly
negative.
"""

import numpy as np

from ganpkg.evaluation.description import LOWER, Group, Level, Number, metric
from ganpkg.evaluation.sample_set import SampleSet


@metric(
    Number("kid", "kernel distance of the features", LOWER, Level.TABLE),
    group=Group.DISTANCE,
    order=2,
    paper="Binkowski et al. 2018, Demystifying MMD GANs, section 4",
    blind_spot="It does not detect differences in moments above the third.",
)
def kid(reference: SampleSet, samples: SampleSet) -> dict[str, float]:
    return {"kid": kernel_distance(reference.features, samples.features)}


def kernel_distance(x: np.ndarray, y: np.ndarray) -> float:
    """The distance between two arrays of features, (n, d) float64."""
    from sklearn.metrics.pairwise import polynomial_kernel

    def mean_of_pairs(a):
        kernel = polynomial_kernel(a)
        return (kernel.sum() - np.trace(kernel)) / (len(a) * (len(a) - 1))

    return float(mean_of_pairs(x) + mean_of_pairs(y) - 2 * polynomial_kernel(x, y).mean())
