"""The matrix products and convolutions of an iteration, and nothing else: the engines' bound."""

import numpy as np
import tensorflow as tf

from benchmarks.operations import layers


def products(gan, batch: int):
    """A function that does all of them once, each on inputs of its own and none waiting for
    another.
    """
    calls = []
    for layer, kind, inputs, outputs, counts in layers(gan, batch):
        for count, make in zip(counts, _makers(kind, layer, inputs, outputs)):
            calls += [make] * count
    functions, arguments = zip(*(make() for make in calls))

    @tf.function(autograph=False)
    def all_of_them(arguments):
        return [function(*pair) for function, pair in zip(functions, arguments)]

    return lambda: [r.numpy() for r in all_of_them(arguments)[-1:]]


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
