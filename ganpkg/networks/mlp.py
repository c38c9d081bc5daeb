"""Multilayer perceptrons, the networks of the 2014 paper."""

import math

import keras
from keras import layers


def generator(latent_dim: int, sample_shape: tuple[int, ...], units: list[int]) -> keras.Model:
    """Maps (batch, latent_dim) to (batch, *sample_shape): images in [-1, 1], or rows of a table.

    Args:
        units: the width of each hidden layer, from the latent side on. For images, every
            hidden layer is followed by batch normalisation, without which a dense generator
            easily collapses to a few samples; rows would be blurred by its noise.
    """
    rows = len(sample_shape) == 1
    stack = [keras.Input((latent_dim,), name="latent")]
    for number, width in enumerate(units):
        stack.append(layers.Dense(width, use_bias=rows, name=f"dense_{number}"))
        if not rows:
            stack.append(layers.BatchNormalization(momentum=0.9, name=f"norm_{number}"))
        stack.append(layers.LeakyReLU(0.2, name=f"relu_{number}"))
    if rows:
        stack.append(layers.Dense(*sample_shape, dtype=keras.config.floatx(), name="row"))
    else:
        stack += [
            layers.Dense(
                math.prod(sample_shape), "tanh", dtype=keras.config.floatx(), name="pixels"
            ),
            layers.Reshape(sample_shape, dtype=keras.config.floatx(), name="sample"),
        ]
    return keras.Sequential(stack, name="generator")


def discriminator(sample_shape: tuple[int, ...], units: list[int]) -> keras.Model:
    """Maps (batch, *sample_shape), as the generator makes them, to logits (batch, 1).

    Args:
        units: the width of each hidden layer, from the sample side on.
    """
    stack = [keras.Input(sample_shape, name="sample"), layers.Flatten(name="flat")]
    for number, width in enumerate(units):
        stack += [
            layers.Dense(width, name=f"dense_{number}"),
            layers.LeakyReLU(0.2, name=f"relu_{number}"),
        ]
    return keras.Sequential(
        [*stack, layers.Dense(1, dtype=keras.config.floatx(), name="logit")], name="discriminator"
    )
