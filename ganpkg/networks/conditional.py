"""The part of a conditional network that all families share.

Mirza & Osindero 2014, "Conditional generative adversarial nets", equation 2: both players are
given the class. A sample then travels as a row: its values, followed by its class's code
(`labels.py`). The algorithm and the engines need not know about it.
"""

from __future__ import annotations

import math

from ganpkg.lazy import keras, layers


def generator(inner: keras.Model, classes: int) -> keras.Model:
    """Maps (batch, latent + classes) to rows, (batch, values + classes).

    Args:
        inner: maps the same input to samples; its name is `generator`.
        classes: the number of classes; with 0, `inner` is returned.
    """
    if not classes:
        return inner
    from ganpkg.layers import Columns

    floatx = {"dtype": keras.config.floatx()}
    point = keras.Input(inner.input_shape[1:], name="latent_and_class")
    values = layers.Flatten(name="values", **floatx)(inner(point))
    end = inner.input_shape[1]
    code = Columns(end - classes, end, name="class", **floatx)(point)
    row = layers.Concatenate(name="row", **floatx)([values, code])
    return keras.Model(point, row, name="conditional_generator")


def image_and_code(row, shape: tuple[int, ...], **options):
    """The image, (batch, *shape), and the class's code, (batch, classes), in a discriminator's row.

    Args:
        options: of the layer that cuts out the code.
    """
    from ganpkg.layers import Columns

    pixels = math.prod(shape)
    image = layers.Reshape(shape, name="image")(Columns(0, pixels, name="pixels")(row))
    return image, Columns(pixels, row.shape[1], name="class", **options)(row)


def inner_generator(network: keras.Model) -> keras.Model:
    """The generator within a conditional generator, which makes samples without their classes'
    codes; any other generator as it is."""
    return network.get_layer("generator") if network.name == "conditional_generator" else network
