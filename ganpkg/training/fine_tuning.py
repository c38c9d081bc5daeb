"""Training that starts from the networks of another training (`init` in params.yaml).

The first layers of the discriminator may keep their weights: Mo et al. 2020, "Freeze the
discriminator: a simple baseline for fine-tuning GANs".
"""

from pathlib import Path
from typing import NamedTuple

import keras

from ganpkg import storage
from ganpkg.errors import UserError
from ganpkg.networks.conditional import inner_generator

FOLDER = Path("data/init")


class Networks(NamedTuple):
    generator: keras.Model
    discriminator: keras.Model


def load(name: str) -> Networks | None:
    """The networks in `data/init/<name>`; None if the name is `none`."""
    if name == "none":
        return None
    return Networks(
        *(storage.load_model(FOLDER / name / f"{net}.keras") for net in Networks._fields)
    )


def initialize(generator: keras.Model, discriminator: keras.Model, start: Networks) -> None:
    """Gives new networks the weights of others.

    Raises:
        UserError: if the networks do not have the same shapes.
    """
    networks = inner_generator(generator), discriminator
    for network, other, name in zip(networks, start, Networks._fields):
        if shapes(network) != shapes(other):
            raise UserError(
                f"params.yaml: init: the {name} there has weights of shapes\n{_text(other)}, "
                f"expected {_text(network)}"
            )
        network.set_weights(other.get_weights())


def freeze(discriminator: keras.Model, count: int) -> None:
    """Freezes the first layers of a discriminator that have weights.

    Raises:
        UserError: if no layer would be left to train.
    """
    layers = [layer for layer in discriminator.layers if layer.weights]
    if count >= len(layers):
        raise UserError(
            f"params.yaml: frozen_layers: given {count}, expected at most {len(layers) - 1}, since "
            f"the discriminator has {len(layers)} layers with weights"
        )
    for layer in layers[:count]:
        layer.trainable = False


def shapes(network: keras.Model) -> list[tuple[int, ...]]:
    """Of a sample that comes in, of what comes out, and of all weights between."""
    inside = [tuple(weight.shape) for weight in network.weights]
    return [network.input_shape[1:], network.output_shape[1:], *inside]


def _text(network: keras.Model) -> str:
    sizes = ["x".join(map(str, weight.shape)) for weight in network.weights]
    return f"{network.input_shape[1:]} -> {' '.join(sizes)} -> {network.output_shape[1:]}"
