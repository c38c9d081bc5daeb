"""The matrix products and convolutions of an iteration of the textbook's algorithm, counted."""

import math
from collections.abc import Iterator


def layers(gan, batch: int) -> Iterator[tuple]:
    """Of all layers that have products: the layer, its kind, the shapes of inputs and outputs,
    and how often an iteration does each of its three: forward, for the gradient of its
    weights, and for that of its inputs, which a network's first layer needs only if it passes
    them on.
    """
    for network, forward, weights, inputs, first_inputs in (
        # The generator makes fakes for both players, and is updated once.
        (gan.generator, 2, 1, 1, 0),
        # The discriminator is updated on fakes and on reals, and the generator's loss
        # passes through it.
        (gan.discriminator, 3, 2, 3, 1),
    ):
        first = True
        for layer in network.layers:
            kind = type(layer).__name__
            if kind in ("Dense", "Conv2D", "Conv2DTranspose"):
                shapes = (batch, *layer.input.shape[1:]), (batch, *layer.output.shape[1:])
                yield layer, kind, *shapes, (forward, weights, first_inputs if first else inputs)
                first = False


def operations(gan, batch: int) -> int:
    """Multiplications and additions of an iteration's products."""
    total = 0
    for layer, kind, inputs, outputs, counts in layers(gan, batch):
        # A kernel's every weight meets every place of the smaller map once.
        places = 1 if kind == "Dense" else min(math.prod(s[1:3]) for s in (inputs, outputs))
        total += 2 * batch * places * math.prod(layer.kernel.shape) * sum(counts)
    return total
