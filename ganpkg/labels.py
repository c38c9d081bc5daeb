"""Classes as the networks of a conditional GAN see them (Mirza & Osindero 2014).

The code of a class is a vector with 1 at the class's index and -1 elsewhere. After a latent point
it tells the generator which class to make; after a sample's values it tells the discriminator
which class was requested.
"""

import numpy as np


def codes(labels: np.ndarray, classes: int) -> np.ndarray:
    """The classes' codes, (*labels.shape, classes) float32."""
    return (2 * np.eye(classes, dtype=np.float32) - 1)[labels]


def append_codes(values: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Latent points or samples, (n, *shape), as rows that end in the codes of their classes.

    Pixels remain uint8: -1 and 1 are then 0 and 255, which become -1 and 1 in the networks.
    """
    code = codes(labels, classes)
    if values.dtype == np.uint8:
        code = (255 * (code > 0)).astype(np.uint8)
    flat = values.reshape(*labels.shape, -1)
    return np.concatenate([flat, code], axis=-1)
