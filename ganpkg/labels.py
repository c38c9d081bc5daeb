"""Classes as the networks of a conditional GAN see them (Mirza & Osindero 2014).

A class is a vector with 1 at its place and -1 elsewhere: after a latent point it tells the
generator what to make, after a sample's values it tells the discriminator what was asked for.
"""

import numpy as np


def codes(labels: np.ndarray, classes: int) -> np.ndarray:
    """(*labels.shape, classes) float32."""
    return (2 * np.eye(classes, dtype=np.float32) - 1)[labels]


def attached(values: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Latent points or samples, (n, *shape), as rows that end in their classes' codes.

    Pixels, uint8, stay such: -1 and 1 are then 0 and 255, from which `scaled` makes them.
    """
    code = codes(labels, classes)
    if values.dtype == np.uint8:
        code = (255 * (code > 0)).astype(np.uint8)
    flat = values.reshape(*labels.shape, -1)
    return np.concatenate([flat, code], axis=-1)
