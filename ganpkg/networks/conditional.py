"""Networks of a conditional GAN, around those that know no classes.

Mirza & Osindero 2014, "Conditional generative adversarial nets", equation 2: both players are
told the class. Samples then travel as rows, an image's values and its class's code (`labels.py`),
so that the algorithm and the engines need not know of it.
"""

import math

import keras
from keras import layers

from ganpkg.networks import dcgan

INNER = "generator"


def generator(inner: keras.Model, classes: int) -> keras.Model:
    """Maps (batch, latent + classes) to rows (batch, values + classes).

    Args:
        inner: maps the same to images alone.
    """
    point = keras.Input(inner.input_shape[1:], name="latent_and_class")
    values = layers.Flatten(dtype=keras.config.floatx())(inner(point))
    join = layers.Concatenate(dtype=keras.config.floatx(), name="row")
    row = join([values, point[:, -classes:]])
    return keras.Model(point, row, name="conditional_generator")


def images_of(network: keras.Model) -> keras.Model:
    """The generator of images within `generator`; any other generator as it is."""
    return network.get_layer(INNER) if network.name == "conditional_generator" else network


def dcgan_discriminator(
    sample_shape: tuple[int, ...], classes: int, filters: int, normalization_name: str
) -> keras.Model:
    """Maps rows (batch, values + classes) to logits (batch, 1).

    The class becomes one more channel of the image, by a linear map that is learnt.
    """
    height, width, channels = sample_shape
    inner = dcgan.discriminator((height, width, channels + 1), filters, normalization_name)
    row = keras.Input((math.prod(sample_shape) + classes,), name="row")
    image = layers.Reshape(sample_shape, name="image")(row[:, :-classes])
    plane = layers.Dense(
        height * width, kernel_initializer=dcgan.start_weights(), name="class_plane"
    )(row[:, -classes:])
    plane = layers.Reshape((height, width, 1), name="plane")(plane)
    logits = inner(layers.Concatenate(name="image_and_class")([image, plane]))
    return keras.Model(row, logits, name="conditional_discriminator")
