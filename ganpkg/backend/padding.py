"""Padding for functions that are compiled for a fixed number of steps."""

import numpy as np


def pad(arrays, length: int, library=np) -> list:
    """Pads arrays of equal length with zeros along the first axis.

    Args:
        library: the library of the arrays, with NumPy's interface.
    """
    missing = length - len(arrays[0])
    if not missing:
        return list(arrays)
    return [
        library.concatenate([array, library.zeros((missing, *array.shape[1:]), array.dtype)])
        for array in arrays
    ]
