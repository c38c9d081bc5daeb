"""Transposed convolutions on JAX with fast gradients.

A transposed convolution is the gradient of a convolution. The gradient of its kernel is that of
the convolution's kernel with input and output exchanged, and for both XLA has fast routines. JAX
derives a convolution with a window as large as the image instead: on an H200 it took a third to a
half of a DCGAN's time (`python -m benchmarks.gpu`).
"""

from contextlib import contextmanager

import jax

_library = jax.lax.conv_transpose


@contextmanager
def fast_gradients():
    """A context in which Keras' transposed convolutions are traced with these gradients."""
    jax.lax.conv_transpose = _conv_transpose
    try:
        yield
    finally:
        jax.lax.conv_transpose = _library


def _conv_transpose(inputs, kernel, strides, padding, **options):
    """Drop-in for `jax.lax.conv_transpose`; falls back to it for variants Keras never requests.

    Args:
        kernel: (*size, outputs, inputs).
        padding: of the widened input, pairs of numbers.
    """
    dilated = any(rate != 1 for rate in options["rhs_dilation"])
    if dilated or not options["transpose_kernel"]:
        return _library(inputs, kernel, strides, padding, **options)
    # The convolution leads from the larger map to the smaller one.
    sizes = kernel.shape[:-2]
    margins = [(size - 1 - low, size - 1 - high) for size, (low, high) in zip(sizes, padding)]

    def convolution(larger, kernel):
        numbers = options["dimension_numbers"]
        return jax.lax.conv_general_dilated(
            larger, kernel, strides, margins, dimension_numbers=numbers
        )

    @jax.custom_vjp
    def transposed(inputs, kernel):
        return _library(inputs, kernel, strides, padding, **options)

    def forward(inputs, kernel):
        return transposed(inputs, kernel), (inputs, kernel)

    def backward(kept, gradient):
        inputs, kernel = kept
        of_inputs, of_kernel = jax.vjp(lambda kernel: convolution(gradient, kernel), kernel)
        return of_inputs, *of_kernel(inputs)

    transposed.defvjp(forward, backward)
    return transposed(inputs, kernel)
