"""Mode counts for mixtures of Gaussians with known centres.

A sample is of high quality if it lies within three standard deviations of the nearest centre. In
the plane, 98.9 % of real samples do. In the paper a mode is found if one such sample lies near it,
so that a few thousand points of noise find every mode. Here a mode is found if it has at least a
fifth of the samples that it would have if all modes had the same number.
"""

import numpy as np

from ganpkg.evaluation.description import AS_REAL, HIGHER, Group, Level, Number, metric
from ganpkg.evaluation.sample_set import SampleSet

DEVIATIONS = 3.0
FAIR_SHARE = 0.2  # of len(samples) / modes


@metric(
    Number("modes_found", "modes with enough samples of high quality", HIGHER, Level.HEADLINE),
    Number(
        "high_quality_share", "share of samples within three deviations of a mode", AS_REAL,
        Level.HEADLINE,
    ),
    group=Group.QUALITY,
    order=3,
    paper="Srivastava et al. 2017, VEEGAN, section 4.1",
    blind_spot="They do not detect the shape of the samples within a mode.",
)  # fmt: skip
def modes(reference: SampleSet, samples: SampleSet) -> dict[str, float]:
    mixture = samples.kind.mixture(samples.rows)
    return count_modes(*mixture) if mixture else {}


def count_modes(points: np.ndarray, centres: np.ndarray, deviation: float) -> dict[str, float]:
    """
    Args:
        points: (n, d).
        centres: (modes, d).
        deviation: the standard deviation of each Gaussian, in the same unit.
    """
    from scipy.spatial.distance import cdist

    distances = cdist(points, centres)
    good = distances.min(axis=1) <= DEVIATIONS * deviation
    counts = np.bincount(distances.argmin(axis=1)[good], minlength=len(centres))
    enough = max(1.0, FAIR_SHARE * len(points) / len(centres))
    return {"modes_found": np.count_nonzero(counts >= enough), "high_quality_share": good.mean()}
