"""The matrix products and convolutions of an iteration, and nothing else: the engines' bound."""

import math

import numpy as np
import tensorflow as tf


def products(gan, batch: int):
    """A function that does all those of one iteration of the textbook's algorithm, each on
    inputs of its own and none waiting for another, and the number of their operations.

    A layer has three: forward, for the gradient of its weights, and for that of its inputs,
    which a network's first layer needs only if it passes them on.
    """
    calls, operations = [], 0
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
            if kind not in ("Dense", "Conv2D", "Conv2DTranspose"):
                continue
            shapes = (batch, *layer.input.shape[1:]), (batch, *layer.output.shape[1:])
            counts = forward, weights, first_inputs if first else inputs
            for count, make in zip(counts, _makers(kind, layer, *shapes)):
                for _ in range(count):
                    calls.append(make)
            # A kernel's every weight meets every place of the smaller map once.
            places = 1 if kind == "Dense" else min(_places(shape) for shape in shapes)
            operations += 2 * batch * places * math.prod(layer.kernel.shape) * sum(counts)
            first = False
    functions, arguments = zip(*(make() for make in calls))

    @tf.function(autograph=False)
    def all_of_them(arguments):
        return [function(*pair) for function, pair in zip(functions, arguments)]

    return lambda: [r.numpy() for r in all_of_them(arguments)[-1:]], operations


def _places(shape) -> int:
    return shape[1] * shape[2]


def _makers(kind, layer, inputs, outputs):
    """Of a layer's three products: what makes (function, two inputs)."""
    kernel = tuple(layer.kernel.shape)

    def maker(function, *shapes):
        return lambda: (function, tuple(map(_random, shapes)))

    if kind == "Dense":
        return (
            maker(tf.matmul, inputs, kernel),
            maker(lambda x, g: tf.matmul(x, g, transpose_a=True), inputs, outputs),
            maker(lambda g, k: tf.matmul(g, k, transpose_b=True), outputs, kernel),
        )
    options = {"strides": layer.strides[0], "padding": "SAME"}
    small, large = (outputs, inputs) if kind == "Conv2D" else (inputs, outputs)
    down = maker(lambda x, k: tf.nn.conv2d(x, k, **options), large, kernel)
    to_kernel = maker(
        lambda x, g: tf.raw_ops.Conv2DBackpropFilter(
            input=x, filter_sizes=kernel, out_backprop=g,
            strides=[1, *layer.strides, 1], padding="SAME",
        ),
        large, small,
    )  # fmt: skip
    up = maker(lambda x, k: tf.nn.conv2d_transpose(x, k, large, **options), small, kernel)
    return (down, to_kernel, up) if kind == "Conv2D" else (up, to_kernel, down)


def _random(shape):
    return tf.constant(np.random.default_rng(0).normal(size=shape).astype(np.float32))
