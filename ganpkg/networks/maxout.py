"""The networks of the 2014 paper's MNIST experiment, after its authors' configuration.

Goodfellow et al. 2014, section 5: rectifiers and a sigmoid in the generator, a maxout
discriminator (Goodfellow et al. 2013, "Maxout networks") with dropout. Both work on pixels
from 0 to 1 inside and show [-1, 1] outside, as every network here does.
"""

from __future__ import annotations

import math

import numpy as np

from ganpkg.lazy import keras, layers
from ganpkg.networks import conditional
from ganpkg.networks.architecture import Architecture
from ganpkg.section import Units

PIECES = 5  # linear pieces of which a maxout unit is the largest
DROP_INPUTS, DROP_UNITS = 0.2, 0.5
GENERATOR_RANGE, DISCRIMINATOR_RANGE = 0.05, 0.005  # of the start weights, uniform
MIN_MEAN = 0.001  # where a pixel is always black, its bias would be infinite


class Maxout(Architecture):
    generator_units: Units
    """The width of each hidden layer, from the latent side on."""
    discriminator_units: Units
    """The number of maxout units of each hidden layer, from the sample side on."""

    def generator(self, task):
        """Without the hidden layers' contribution, the pixels' means over the train split are what
        it shows at the start."""
        shares = np.clip(np.ravel(task.samples.mean(axis=0)) / 255, MIN_MEAN, 1 - MIN_MEAN)
        exact = {"dtype": keras.config.floatx()}

        def dense(width, activation, name, **options):
            start = keras.initializers.RandomUniform(-GENERATOR_RANGE, GENERATOR_RANGE)
            return layers.Dense(width, activation, kernel_initializer=start, name=name, **options)

        stack = [
            keras.Input((task.generator_input,), name="latent"),
            *(dense(width, "relu", f"dense_{n}") for n, width in enumerate(self.generator_units)),
            dense(math.prod(task.sample_shape), "sigmoid", "pixels", **exact),
            layers.Rescaling(2.0, -1.0, name="scaled", **exact),
            layers.Reshape(task.sample_shape, name="sample", **exact),
        ]
        network = keras.Sequential(stack, name="generator")
        network.get_layer("pixels").bias.assign(np.log(shares / (1 - shares)))
        return conditional.generator(network, task.classes)

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
