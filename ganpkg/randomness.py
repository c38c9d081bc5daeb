"""Random numbers as a function of (seed, purpose, index), never a hidden state.

A counter-based generator (Philox; Salmon et al. 2011) gives each purpose and index its own
stream, which is the same on every machine and in every order of use.
"""

import hashlib
from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """The independent streams. The meaning of a value never changes."""

    REAL_INDICES = 0
    DISCRIMINATOR_LATENTS = 1
    GENERATOR_LATENTS = 2
    EPOCH_ORDER = 3
    FIXED_LATENTS = 4
    SAMPLE_LATENTS = 5
    INTERPOLATION_LATENTS = 6
    GENERATOR_REALS = 8
    SELECTION_LATENTS = 9
    SAMPLE_CLASSES = 10


def latent_points(random: np.random.Generator, noise: str, shape: tuple) -> np.ndarray:
    """Latent points with mean 0 and variance 1, float32.

    Args:
        noise: `normal`, or `uniform` between -sqrt(3) and sqrt(3).
    """
    if noise == "normal":
        return random.standard_normal(shape, dtype=np.float32)
    return (random.random(shape, dtype=np.float32) * 2 - 1) * np.float32(np.sqrt(3))


def stream(seed: int, purpose: Purpose | str, index: int = 0) -> np.random.Generator:
    """The random stream of one purpose at one index (a block of steps, an epoch ...).

    Args:
        purpose: a `Purpose`, or the name of an objective's noise.
    """
    if isinstance(purpose, str):
        purpose = int.from_bytes(hashlib.sha256(purpose.encode()).digest()[:8])
    philox = np.random.Philox(key=[seed, purpose], counter=[0, 0, 0, index])
    return np.random.Generator(philox)
