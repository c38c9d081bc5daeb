"""For functions that are compiled for one number of steps."""

import numpy as np


def padded(arrays, most: int, library=np) -> list:
    """Arrays of equally many entries along the first axis, with zeros up to `most`.

    Args:
        library: whose arrays they are, `numpy` or one like it.
    """
    missing = most - len(arrays[0])
    if not missing:
        return list(arrays)
    return [
        library.concatenate([array, library.zeros((missing, *array.shape[1:]), array.dtype)])
        for array in arrays
    ]
