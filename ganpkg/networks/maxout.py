"""The networks of the 2014 paper's MNIST experiment, with its authors' configuration.

Goodfellow et al. 2014, section 5: rectifiers and a sigmoid in the generator, a maxout
discriminator (Goodfellow et al. 2013, "Maxout networks") with dropout. Inside, both work on
pixels from 0 to 1; outside, pixels lie in [-1, 1] as for every network here.
"""

from __future__ import annotations

import math

import numpy as np

from ganpkg.lazy import keras, layers
from ganpkg.networks.architecture import Architecture
from ganpkg.section import Units

PIECES = 5  # linear pieces of a maxout unit, which outputs their maximum
DROP_INPUTS, DROP_UNITS = 0.2, 0.5  # dropout rates
GENERATOR_RANGE, DISCRIMINATOR_RANGE = 0.05, 0.005  # of the start weights, uniform
MIN_MEAN = 0.001  # a pixel that is always black would have an infinite bias


class Maxout(Architecture):
    generator_units: Units
    """The width of each hidden layer, starting at the latent points."""
    discriminator_units: Units
    """The number of maxout units of each hidden layer, starting at the samples."""

    def generator(self, task):
        """Its output biases start at the values that give each pixel's mean over the train split,
        where the hidden layers contribute nothing."""
        means = np.clip(np.ravel(task.samples.mean(axis=0)) / 255, MIN_MEAN, 1 - MIN_MEAN)
        floatx = {"dtype": keras.config.floatx()}

        def dense(width, activation, name, **options):
            start = keras.initializers.RandomUniform(-GENERATOR_RANGE, GENERATOR_RANGE)
            return layers.Dense(width, activation, kernel_initializer=start, name=name, **options)

        stack = [
            keras.Input((task.generator_input,), name="latent"),
            *(dense(width, "relu", f"dense_{n}") for n, width in enumerate(self.generator_units)),
            dense(math.prod(task.sample_shape), "sigmoid", "pixels", **floatx),
            layers.Rescaling(2.0, -1.0, name="scaled", **floatx),
            layers.Reshape(task.sample_shape, name="sample", **floatx),
        ]
        network = keras.Sequential(stack, name="generator")
        network.get_layer("pixels").bias.assign(np.log(means / (1 - means)))
        return network

    def discriminator(self, task):
        from ganpkg.layers import MaxPiece

        def dense(width, name, **options):
            start = keras.initializers.RandomUniform(-DISCRIMINATOR_RANGE, DISCRIMINATOR_RANGE)
            return layers.Dense(width, kernel_initializer=start, name=name, **options)

        stack = [
            keras.Input(task.discriminator_input, name="sample"),
            layers.Flatten(name="flat"),
            layers.Rescaling(0.5, 0.5, name="scaled"),
            layers.Dropout(DROP_INPUTS, seed=task.seed, name="drop_inputs"),
        ]
        for number, width in enumerate(self.discriminator_units):
            seed = (task.seed + 1 + number) % 2**32
            stack += [
                dense(width * PIECES, f"dense_{number}"),
                MaxPiece(PIECES, name=f"maxout_{number}"),
                layers.Dropout(DROP_UNITS, seed=seed, name=f"drop_{number}"),
            ]
        stack.append(dense(1, "logit", dtype=keras.config.floatx()))
        return keras.Sequential(stack, name="discriminator")
