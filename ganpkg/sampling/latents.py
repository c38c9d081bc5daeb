"""Latent points and what a generator makes of them."""

import numpy as np

from ganpkg.randomness import Purpose, stream


def normal(seed: int, purpose: Purpose, count: int, latent_dim: int) -> np.ndarray:
    """(count, latent_dim) standard normal, float32. The first ones do not depend on count."""
    return stream(seed, purpose).standard_normal((count, latent_dim), dtype=np.float32)


def interpolated(seed: int, rows: int, columns: int, latent_dim: int) -> np.ndarray:
    """(rows * columns, latent_dim): each row goes from one latent point to another.

    Along great circles (White 2016, "Sampling generative networks"): the points between
    keep the length that normal points have, which a straight line would not.
    """
    ends = normal(seed, Purpose.INTERPOLATION_LATENTS, 2 * rows, latent_dim)
    start, end = ends[:rows, None], ends[rows:, None]
    lengths = [np.linalg.norm(points, axis=-1, keepdims=True) for points in (start, end)]
    cosine = np.sum(start * end, axis=-1, keepdims=True) / (lengths[0] * lengths[1])
    angle = np.arccos(np.clip(cosine, -0.999, 0.999))
    share = np.linspace(0, 1, columns, dtype=np.float32)[None, :, None]
    points = np.sin((1 - share) * angle) * start + np.sin(share * angle) * end
    return (points / np.sin(angle)).astype(np.float32).reshape(rows * columns, latent_dim)


def generate(generator, latents: np.ndarray) -> np.ndarray:
    """Samples of a generator in inference mode, as pixels: (n, *sample) uint8."""
    samples = generator.predict(latents, batch_size=500, verbose=0)
    return np.clip(np.round((samples + 1.0) * 127.5), 0, 255).astype(np.uint8)
