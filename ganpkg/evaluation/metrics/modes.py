"""Modes found, for mixtures of Gaussians whose centres are known.

Srivastava et al. 2017: a sample is of high quality within three
standard deviations of the nearest centre. There a mode is found if one such sample lies near it,
so that a few thousand points of noise find every mode. Here a mode is found if it has at least a
fifth of the samples that each mode would have if all had equally many. Of real
samples in the plane 98.9 % are of high quality.
"""

import numpy as np

from ganpkg.evaluation.embedded import Embedded
from ganpkg.evaluation.metric import AS_REAL, HIGHER, Group, Level, Number, metric

DEVIATIONS = 3.0
FAIR_SHARE = 0.2  # of len(samples) / modes


@metric(
    Number("modes_found", "modes with a fair share of good samples", HIGHER, Level.HEADLINE),
    Number(
        "high_quality_share", "share of samples within three deviations of a mode", AS_REAL,
        Level.HEADLINE,
    ),
    group=Group.QUALITY,
    order=3,
    paper="Srivastava et al. 2017, VEEGAN, section 4.1",
    blind="They do not see what shape the samples make within a mode.",
)  # fmt: skip
def modes(reference: Embedded, samples: Embedded) -> dict[str, float]:
    mixture = samples.kind.mixture(samples.rows)
    return found(*mixture) if mixture else {}


def found(points: np.ndarray, centres: np.ndarray, deviation: float) -> dict[str, float]:
    """
    Args:
        points: (n, d), in the units of the centres, (modes, d), and of the deviation.
    """
    from scipy.spatial.distance import cdist

    distances = cdist(points, centres)
    good = distances.min(axis=1) <= DEVIATIONS * deviation
    counts = np.bincount(distances.argmin(axis=1)[good], minlength=len(centres))
    least = max(1.0, FAIR_SHARE * len(points) / len(centres))
    return {
        "modes_found": float(np.count_nonzero(counts >= least)),
        "high_quality_share": good.mean(),
    }
