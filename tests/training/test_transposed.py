"""The gradients of transposed convolutions are JAX's own, found another way."""

from itertools import product

import jax
import numpy as np
import pytest

from ganpkg.backend.transposed import fast_gradients
from tests.covering import covering

SIZES, STRIDES, CUTS = (2, 3, 4, 5), (1, 2, 3), ((0, 0), (1, 1), (0, 1), (1, -1))
NAMES = "size", "stride", "cut"
CASES = covering([dict(zip(NAMES, case)) for case in product(SIZES, STRIDES, CUTS)])


@pytest.mark.parametrize(NAMES, [tuple(case.values()) for case in CASES])
def test_gradients(size, stride, cut):
    random = np.random.default_rng(0)
    inputs = random.normal(size=(2, 6, 5, 3)).astype(np.float32)
    kernel = random.normal(size=(size, size, 4, 3)).astype(np.float32)
    margins = [tuple(size - 1 - rows for rows in cut)] * 2  # cut: of the output's ends

    def transposed(inputs, kernel):
        return jax.lax.conv_transpose(
            inputs, kernel, (stride, stride), padding=margins, rhs_dilation=(1, 1),
            dimension_numbers=("NHWC", "HWIO", "NHWC"), transpose_kernel=True,
        )  # fmt: skip

    def gradients():
        outputs, pull = jax.vjp(transposed, inputs, kernel)
        return outputs, *pull(random_like(outputs))

    expected = gradients()
    with fast_gradients():
        found = gradients()
    for one, other in zip(found, expected):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5 * abs(other).max())


def random_like(array):
    return np.random.default_rng(1).normal(size=array.shape).astype(np.float32)


def test_outside_it_is_the_library_s_own():
    own = jax.lax.conv_transpose
    with fast_gradients():
        assert jax.lax.conv_transpose is not own
    assert jax.lax.conv_transpose is own
