"""The networks of the 2014 paper's MNIST experiment, after its authors' configuration.

Goodfellow et al. 2014, section 5: rectifiers and a sigmoid in the generator, a maxout
discriminator (Goodfellow et al. 2013, "Maxout networks") with dropout. Both work on pixels
from 0 to 1 inside and show [-1, 1] outside, as every network here does.
"""

import math

import keras
import numpy as np
from keras import layers

PIECES = 5  # linear pieces of which a maxout unit is the largest
DROP_INPUTS, DROP_UNITS = 0.2, 0.5
GENERATOR_RANGE, DISCRIMINATOR_RANGE = 0.05, 0.005  # of the start weights, uniform
LEAST_MEAN = 0.001  # where a pixel is always black, its bias would be infinite


def generator(
    latent_dim: int, sample_shape: tuple[int, ...], units: list[int], means: np.ndarray
) -> keras.Model:
    """Maps (batch, latent_dim) to (batch, *sample_shape) in [-1, 1].

    Args:
        units: the width of each hidden layer, from the latent side on.
        means: (*sample_shape) the pixels' means over the train split, 0 to 255. Without the
            hidden layers' contribution, these are what the generator shows at the start.
    """
    shares = np.clip(np.ravel(means) / 255, LEAST_MEAN, 1 - LEAST_MEAN)
    bias = np.log(shares / (1 - shares))

    def dense(width, activation, name, **options):
        start = keras.initializers.RandomUniform(-GENERATOR_RANGE, GENERATOR_RANGE)
        return layers.Dense(width, activation, kernel_initializer=start, name=name, **options)

    output = {"dtype": keras.config.floatx()}

    stack = [
        keras.Input((latent_dim,), name="latent"),
        *(dense(width, "relu", f"dense_{number}") for number, width in enumerate(units)),
        dense(math.prod(sample_shape), "sigmoid", "pixels", **output),
        layers.Rescaling(2.0, -1.0, name="scaled", **output),
        layers.Reshape(sample_shape, name="sample", **output),
    ]
    network = keras.Sequential(stack, name="generator")
    network.get_layer("pixels").bias.assign(bias)
    return network


def discriminator(sample_shape: tuple[int, ...], units: list[int], seed: int) -> keras.Model:
    """Maps (batch, *sample_shape) in [-1, 1] to logits (batch, 1).

    Args:
        units: the number of maxout units of each hidden layer, from the sample side on.
        seed: of the dropout.
    """

    def dense(width, name, **options):
        return layers.Dense(
            width,
            kernel_initializer=keras.initializers.RandomUniform(
                -DISCRIMINATOR_RANGE, DISCRIMINATOR_RANGE
            ),
            name=name,
            **options,
        )

    stack = [
        keras.Input(sample_shape, name="sample"),
        layers.Flatten(name="flat"),
        layers.Rescaling(0.5, 0.5, name="scaled"),
        layers.Dropout(DROP_INPUTS, seed=seed, name="drop_inputs"),
    ]
    for number, width in enumerate(units):
        stack += [
            dense(width * PIECES, f"dense_{number}"),
            layers.Reshape((width, PIECES), name=f"pieces_{number}"),
            # "channels first": over the pieces, which come last
            layers.GlobalMaxPooling1D(data_format="channels_first", name=f"maxout_{number}"),
            layers.Dropout(DROP_UNITS, seed=(seed + 1 + number) % 2**32, name=f"drop_{number}"),
        ]
    return keras.Sequential(
        [*stack, dense(1, "logit", dtype=keras.config.floatx())], name="discriminator"
    )
