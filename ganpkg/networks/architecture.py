"""The base class of all families of networks, and what networks are built for."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import ClassVar, NamedTuple

import numpy as np

from ganpkg.kinds import Kind
from ganpkg.kinds.images import Images
from ganpkg.lazy import keras
from ganpkg.networks import conditional
from ganpkg.section import Conflict, Section


class Task(NamedTuple):
    """What a pair of networks is built for."""

    latent_dim: int
    sample_shape: tuple[int, ...]
    """(height, width, channels), or (columns,)."""
    kind: Kind
    """The kind of the samples."""
    classes: int = 0
    """The number of classes of a conditional GAN (see `conditional.py`); otherwise 0."""
    seed: int = 0
    """The seed of layers that draw noise."""
    samples: np.ndarray | None = None
    """The train split, (n, *sample)."""

    @property
    def generator_input(self) -> int:
        """The length of a latent point, including the class's code."""
        return self.latent_dim + self.classes

    @property
    def discriminator_input(self) -> tuple[int, ...]:
        """The shape of a sample; in a conditional GAN, of a row that ends in the class's code."""
        if self.classes:
            return (math.prod(self.sample_shape) + self.classes,)
        return self.sample_shape


class Architecture(Section):
    """A generator and a discriminator, and their parameters."""

    images_only: ClassVar[bool] = True
    """Whether samples must be images."""

    @abstractmethod
    def generator(self, task: Task) -> keras.Model:
        """Maps (batch, generator_input) to samples, (batch, *sample_shape), scaled as the networks
        see them. The model's name is `generator`."""

    @abstractmethod
    def discriminator(self, task: Task) -> keras.Model:
        """Maps (batch, *discriminator_input) to logits, (batch, 1)."""

    def couplings(self) -> list[str]:
        """The keys of parameters by which the discriminator's output for one sample depends on the
        other samples of the batch."""
        return []

    def conflicts(self, params):
        if self.images_only and params.room("dataset").kind is not Images:
            reason = f"since dataset {params.dataset} has no images"
            yield Conflict("architecture", "mlp", reason)


def build(params, task: Task) -> tuple[keras.Model, keras.Model]:
    """Builds the generator and the discriminator that params.yaml describes.

    With precision bfloat16, layers compute in it. What sums up many small numbers stays in
    float32: weights, batch statistics, the networks' outputs, and all that is computed from them,
    above all the losses (Micikevicius et al. 2018, "Mixed precision training", section 3.1).
    """
    family, policy = params.room("architecture"), keras.config.dtype_policy()
    if params.precision == "bfloat16":
        keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        generator = conditional.generator(family.generator(task), task.classes)
        discriminator = family.discriminator(task)
    finally:
        keras.config.set_dtype_policy(policy)
    params.room("objective").constrain(discriminator)
    return generator, discriminator
