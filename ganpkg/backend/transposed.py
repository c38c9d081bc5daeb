"""Transposed convolutions on JAX, with gradients that XLA knows well.

A transposed convolution is the gradient of a convolution, and the gradient of its kernel that of
the convolution's kernel with input and output exchanged, for which there are fast routines. What
JAX derives instead is a convolution with a window as large as the image: on an H200, a third
to a half of a DCGAN's time went there (`python -m benchmarks.gpu`).
"""

from contextlib import contextmanager

import jax

_library = jax.lax.conv_transpose


@contextmanager
def fast_gradients():
    """Inside, what is traced of Keras' transposed convolutions is differentiated as said above."""
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
    # Of the convolution, from the larger map to the smaller one.
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
