"""Latent points, and the samples that a generator makes from them."""

import math

import numpy as np

from ganpkg.kinds import Kind
from ganpkg.randomness import Purpose, latent_points, stream

CHUNK_BYTES = 2**26  # of samples held as floats at a time


def draw(seed: int, purpose: Purpose, noise: str, count: int, latent_dim: int) -> np.ndarray:
    """(count, latent_dim) float32. A larger count only appends points."""
    return latent_points(stream(seed, purpose), noise, (count, latent_dim))


def draw_classes(seed: int, labels: np.ndarray, count: int) -> np.ndarray:
    """(count,) random classes, with the frequencies of the labels."""
    indices = stream(seed, Purpose.SAMPLE_CLASSES).integers(len(labels), size=count)
    return np.asarray(labels[indices])


def generate(generator, points: np.ndarray, kind: Kind) -> np.ndarray:
    """Generates samples in inference mode: (n, *sample), in the form in which they are stored."""
    from ganpkg import backend  # a logged generator chooses it before it calls this

    count = max(1, CHUNK_BYTES // (4 * math.prod(generator.output_shape[1:])))
    chunks = [points[start : start + count] for start in range(0, len(points), count)]
    return np.concatenate(
        [kind.from_networks(backend.predict(generator, chunk, 500)) for chunk in chunks]
    )
