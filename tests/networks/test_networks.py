"""The networks: sizes pinned, any image size, outputs in range."""

import numpy as np
import pytest

from ganpkg import networks
from ganpkg.networks import dcgan, mlp
from ganpkg.params import read_params


def test_the_default_networks_have_the_parameters_that_one_counts(write_params):
    generator, discriminator = networks.build(read_params(write_params()), (8, 8, 1))
    # Dense without bias and four vectors of batch normalisation a layer, then the pixels.
    assert generator.count_params() == 32 * 128 + 4 * 128 + 128 * 256 + 4 * 256 + 257 * 64
    assert discriminator.count_params() == 65 * 128 + 129 * 64 + 65


def test_the_dcgan_has_the_parameters_that_one_counts():
    generator, discriminator = (
        dcgan.generator(100, (28, 28, 1), 64),
        dcgan.discriminator((28, 28, 1), 64),
    )
    map_ = 7 * 7 * 128
    assert generator.count_params() == (100 * map_ + 4 * 128 + 16 * 128 * 64 + 4 * 64 + 16 * 64 + 1)
    assert discriminator.count_params() == 16 * 64 + 64 + 16 * 64 * 128 + 128 + map_ + 1


@pytest.mark.parametrize("size, expected", [(8, 1), (28, 2), (32, 3), (64, 4), (128, 5), (12, 1)])
def test_halvings(size, expected):
    assert dcgan.halvings(size, size) == expected
    assert 4 <= size >> expected <= 7


@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 28, 1), (32, 32, 3), (12, 8, 1)])
@pytest.mark.parametrize("architecture", ["mlp", "dcgan"])
def test_shapes_and_range(architecture, shape):
    if architecture == "mlp":
        pair = mlp.generator(5, shape, [7]), mlp.discriminator(shape, [7])
    else:
        pair = dcgan.generator(5, shape, 2), dcgan.discriminator(shape, 2)
    fakes = pair[0](10 * np.random.default_rng(0).normal(size=(3, 5)))
    assert fakes.shape == (3, *shape)
    assert float(abs(fakes).numpy().max()) <= 1
    assert pair[1](fakes).shape == (3, 1)


def networks_of(architecture):
    if architecture == "mlp":
        return mlp.generator(5, (8, 8, 1), [7]), mlp.discriminator((8, 8, 1), [7])
    return dcgan.generator(5, (8, 8, 1), 2), dcgan.discriminator((8, 8, 1), 2)


def test_names_are_the_same_when_built_again():
    """Automatic names count up within a process and would change a model's bytes."""
    for architecture in ("mlp", "dcgan"):
        first, again = networks_of(architecture), networks_of(architecture)
        for one, other in zip(first, again):
            assert [layer.name for layer in one.layers] == [layer.name for layer in other.layers]
