"""What the families' conditional networks share.

Mirza & Osindero 2014, "Conditional generative adversarial nets", equation 2: both players are
given the class. Samples then travel as rows, an image's values and its class's code (`labels.py`),
so that the algorithm and the engines need not know of it.
"""

from __future__ import annotations

from ganpkg.lazy import keras, layers

INNER = "generator"


def generator(inner: keras.Model, classes: int) -> keras.Model:
    """Maps (batch, latent + classes) to rows (batch, values + classes).

    Args:
        inner: maps the same to samples alone.
        classes: how many there are; with 0, `inner` is returned.
    """
    if not classes:
        return inner
    from ganpkg.layers import Columns

    exact = {"dtype": keras.config.floatx()}
    point = keras.Input(inner.input_shape[1:], name="latent_and_class")
    values = layers.Flatten(name="values", **exact)(inner(point))
    end = inner.input_shape[1]
    code = Columns(end - classes, end, name="class", **exact)(point)
    row = layers.Concatenate(name="row", **exact)([values, code])
    return keras.Model(point, row, name="conditional_generator")


def images_of(network: keras.Model) -> keras.Model:
    """The generator of samples within `generator`; any other generator as it is."""
    return network.get_layer(INNER) if network.name == "conditional_generator" else network
