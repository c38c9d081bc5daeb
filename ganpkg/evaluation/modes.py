"""Modes found, for mixtures of Gaussians whose centres are known.

Srivastava et al. 2017, "VEEGAN", section 4.1: a sample is of high quality within three
standard deviations of the nearest centre; a mode is found if such a sample lies near it. It
sees neither how many samples each mode gets nor what shape they make there. Of real samples in
the plane 98.9 % are of high quality.
"""

import numpy as np
from scipy.spatial.distance import cdist

DEVIATIONS = 3.0


def modes(points: np.ndarray, centres: np.ndarray, deviation: float) -> dict:
    """
    Args:
        points: (n, d), in the units of the centres, (modes, d), and of the deviation.
    """
    distances = cdist(points, centres)
    nearest = distances.argmin(axis=1)
    good = distances.min(axis=1) <= DEVIATIONS * deviation
    return {
        "modes_found": len(np.unique(nearest[good])),
        "high_quality_share": good,
    }
