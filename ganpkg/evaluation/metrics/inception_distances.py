"""FID and KID in the features of Inception, as papers give them.

They exist only where data/raw has the network, see `ganpkg/evaluation/inception.py`. The
reference is the whole train split, as in the paper. The control is the test split, of at most as
many samples as there are generated ones.

FID compares all samples. KID is the mean over four disjoint subsets of at most 2,500 samples, with
its standard error.
"""

import numpy as np

from ganpkg.evaluation.description import LOWER, MIN_SAMPLES, Group, Level, Number, metric
from ganpkg.evaluation.metrics.kid import kernel_distance
from ganpkg.evaluation.rounding import round_to_spread

SUBSETS = 4
COUNTS = {"samples": "samples", "reference": "training samples"}


@metric(
    Number(
        "fid_inception", "FID of generated samples", LOWER, Level.HEADLINE, control=True,
        details=COUNTS,
    ),
    Number("fid_inception_control", "FID of the test split", LOWER, details=COUNTS),
    Number("kid_inception", "KID of generated samples", LOWER),
    Number("kid_inception_control", "KID of the test split", LOWER),
    group=Group.INCEPTION,
    order=1,
    paper="Heusel et al. 2017, GANs trained by a two time-scale update rule, equation 6; Binkowski "
    "et al. 2018, Demystifying MMD GANs, section 4",
    blind_spot="They do not detect copies of the train split, and FID is biased upwards for few "
    "samples: compare it only between equal numbers of samples.",
    takes_splits=True,
)  # fmt: skip
def inception_distances(generated, train, valid, test) -> dict[str, float]:
    """
    Args:
        generated, train, valid, test: samples, (n, *sample), possibly memory-mapped.

    Returns:
        `fid_inception` and `kid_inception` of the generated samples, and both with `_control`;
        nothing without the network, for data other than pictures, and for very few samples.
    """
    from ganpkg.evaluation import inception
    from ganpkg.evaluation.frechet import Gaussian

    network = inception.network(generated)
    if network is None or min(map(len, (generated, train, test))) < MIN_SAMPLES:
        return {}
    reference = inception.cached_statistics(network, train, "train")
    gaussian = Gaussian(reference.mu, reference.sigma)
    sets = {
        "": inception.statistics(network, generated),
        "_control": inception.cached_statistics(network, test, "test", len(generated)),
    }
    numbers = {}
    for suffix, statistics in sets.items():
        distance = gaussian.distance(Gaussian(statistics.mu, statistics.sigma))
        numbers[f"fid_inception{suffix}"] = float(f"{distance:.4g}")
        numbers[f"fid_inception{suffix}_samples"] = statistics.count
        numbers[f"fid_inception{suffix}_reference"] = reference.count
        mean, error = kernel_distances(reference.features, statistics.features)
        numbers |= {f"kid_inception{suffix}": mean, f"kid_inception{suffix}_error": error}
    return numbers


def kernel_distances(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """The mean kernel distance between subsets of two arrays of features, (n, d) and (m, d), in
    random order; and its standard error."""
    size = min(len(x), len(y)) // SUBSETS
    parts = (slice(number * size, (number + 1) * size) for number in range(SUBSETS))
    distances = [
        kernel_distance(x[part].astype(np.float64), y[part].astype(np.float64)) for part in parts
    ]
    return round_to_spread(np.mean(distances), np.std(distances, ddof=1) / np.sqrt(SUBSETS))
