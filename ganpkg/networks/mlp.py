"""Dense networks, as textbooks build them."""

from __future__ import annotations

import math

from ganpkg.lazy import keras, layers
from ganpkg.networks.architecture import Architecture
from ganpkg.section import Units


class MLP(Architecture):
    generator_units: Units
    """The width of each hidden layer, starting at the latent points."""
    discriminator_units: Units
    """The width of each hidden layer, starting at the samples."""
    images_only = False

    def generator(self, task):
        """The kind of data decides about batch normalization and the output's activation."""
        kind, floatx = task.kind, {"dtype": keras.config.floatx()}
        stack = [keras.Input((task.generator_input,), name="latent")]
        for number, width in enumerate(self.generator_units):
            bias = not kind.batch_normalization
            stack.append(layers.Dense(width, use_bias=bias, name=f"dense_{number}"))
            if kind.batch_normalization:
                stack.append(layers.BatchNormalization(momentum=0.9, name=f"norm_{number}"))
            stack.append(layers.LeakyReLU(0.2, name=f"relu_{number}"))
        width = math.prod(task.sample_shape)
        stack.append(layers.Dense(width, kind.activation, name=kind.values, **floatx))
        if task.sample_shape != (width,):
            stack.append(layers.Reshape(task.sample_shape, name="sample", **floatx))
        return keras.Sequential(stack, name="generator")

    def discriminator(self, task):
        stack = [keras.Input(task.discriminator_input, name="sample"), layers.Flatten(name="flat")]
        for number, width in enumerate(self.discriminator_units):
            stack += [
                layers.Dense(width, name=f"dense_{number}"),
                layers.LeakyReLU(0.2, name=f"relu_{number}"),
            ]
        stack.append(layers.Dense(1, dtype=keras.config.floatx(), name="logit"))
        return keras.Sequential(stack, name="discriminator")
