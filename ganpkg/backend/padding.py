"""For functions that are compiled for one number of steps."""

import numpy as np


def padded(arrays, most: int) -> list[np.ndarray]:
    """Arrays of equally many entries along the first axis, with zeros up to `most`."""
    missing = most - len(arrays[0])
    if not missing:
        return list(arrays)
    return [
        np.concatenate([array, np.zeros((missing, *array.shape[1:]), array.dtype)])
        for array in arrays
    ]
