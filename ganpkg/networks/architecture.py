"""What every family of networks is."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import ClassVar, NamedTuple

import numpy as np

from ganpkg.kinds import Kind
from ganpkg.lazy import keras
from ganpkg.section import Conflict, Section


class Task(NamedTuple):
    """What two networks are for."""

    latent_dim: int
    sample_shape: tuple[int, ...]
    """(height, width, channels), or (columns,)."""
    kind: Kind
    """That of the samples."""
    classes: int = 0
    """How many there are, if both networks are given a class (see `conditional.py`)."""
    seed: int = 0
    """Of the layers' noise."""
    samples: np.ndarray | None = None
    """The train split, (n, *sample)."""

    @property
    def generator_input(self) -> int:
        """How many numbers a latent point has, the class's code included."""
        return self.latent_dim + self.classes

    @property
    def discriminator_input(self) -> tuple[int, ...]:
        """The shape of a sample; of a conditional GAN, of a row that ends in the class's code."""
        if self.classes:
            return (math.prod(self.sample_shape) + self.classes,)
        return self.sample_shape


class Architecture(Section):
    """A generator and a discriminator, with the parameters that they have."""

    makes_rows: ClassVar[bool] = False
    """Whether samples can be rows of a table, too."""

    @abstractmethod
    def generator(self, task: Task) -> keras.Model:
        """Maps (batch, generator_input) to samples, (batch, *sample_shape), as they are scaled;
        of a conditional GAN, to rows as `conditional.generator` says."""

    @abstractmethod
    def discriminator(self, task: Task) -> keras.Model:
        """Maps (batch, *discriminator_input) to logits, (batch, 1)."""

    def couplings(self) -> list[str]:
        """Parameters that let the discriminator's answers to samples of a batch depend on each
        other."""
        return []

    def conflicts(self, params):
        if params.room("dataset").rows and not self.makes_rows:
            reason = f"since dataset {params.dataset} has no images"
            yield Conflict("architecture", "mlp", reason)


def build(params, task: Task) -> tuple[keras.Model, keras.Model]:
    """The generator and the discriminator that params.yaml describes.

    With precision bfloat16, layers compute in it. What sums up many small things stays in
    float32: weights, batch statistics, and the networks' outputs with all that follows, the
    losses above all (Micikevicius et al. 2018, "Mixed precision training", section 3.1).
    """
    family, usual = params.room("architecture"), keras.config.dtype_policy()
    if params.precision == "bfloat16":
        keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        generator, discriminator = family.generator(task), family.discriminator(task)
    finally:
        keras.config.set_dtype_policy(usual)
    params.room("objective").constrain(discriminator)
    return generator, discriminator
