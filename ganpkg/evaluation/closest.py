"""The generated samples that lie closest to training samples: copies show."""

import numpy as np

from ganpkg.evaluation.embedded import Embedded
from ganpkg.evaluation.neighbours import nearest_in_train

PAIRS = 10


def pairs(generated: Embedded) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The generated samples closest to training samples, (10,) each: their indices, those of the
    training samples, and the distances between their features."""
    nearest = nearest_in_train(generated)
    which = np.argsort(nearest.first, kind="stable")[:PAIRS]
    return which, nearest.index[which], nearest.first[which]
