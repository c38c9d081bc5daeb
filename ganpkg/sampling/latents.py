"""Latent points and what a generator makes of them."""

import math

import numpy as np

from ganpkg.kinds import Kind
from ganpkg.randomness import Purpose, latent_points, stream

CHUNK_BYTES = 2**26  # of samples held as floats at a time


def draw(seed: int, purpose: Purpose, noise: str, count: int, latent_dim: int) -> np.ndarray:
    """(count, latent_dim) float32. The first ones do not depend on count."""
    return latent_points(stream(seed, purpose), noise, (count, latent_dim))


def draw_classes(seed: int, labels: np.ndarray, count: int) -> np.ndarray:
    """(count,) classes, each as often as among the labels of the data, but for chance."""
    chosen = stream(seed, Purpose.SAMPLE_CLASSES).integers(len(labels), size=count)
    return np.asarray(labels[chosen])


def generate(generator, latents: np.ndarray, kind: Kind) -> np.ndarray:
    """Samples of a generator in inference mode, (n, *sample), as this kind is stored."""
    count = max(1, CHUNK_BYTES // (4 * math.prod(generator.output_shape[1:])))
    parts = [latents[start : start + count] for start in range(0, len(latents), count)]
    return np.concatenate(
        [kind.from_networks(generator.predict(part, batch_size=500, verbose=0)) for part in parts]
    )
