"""The networks: sizes pinned, any image size, outputs in range."""

import keras
import numpy as np
import pytest

from ganpkg.kinds.images import Images
from ganpkg.networks import architecture, dcgan
from ganpkg.networks.architecture import Task
from ganpkg.networks.dcgan import DCGAN
from ganpkg.networks.maxout import Maxout
from ganpkg.networks.mlp import MLP
from ganpkg.networks.resnet import ResNet
from ganpkg.params import read_params
from tests import small

ONE_LAYER = {"generator_units": [8], "discriminator_units": [8]}
PAPER = DCGAN(filters=64, normalization="batch", upsampling="transposed")
FAMILIES = {
    "mlp": MLP(**ONE_LAYER),
    "dcgan": DCGAN(filters=2, normalization="batch", upsampling="transposed"),
    "dcgan, bilinear": DCGAN(filters=2, normalization="spectral", upsampling="bilinear"),
    "resnet": ResNet(filters=2, max_filters=4, blocks=1, form="plain"),
    "maxout": Maxout(**ONE_LAYER),
}


def pair(family, shape, latent_dim=5, kind=None, **options):
    options = {"samples": np.full((1, *shape), 20.0)} | options
    task = Task(latent_dim, shape, kind or Images(), **options)
    return family.generator(task), family.discriminator(task)


def test_the_default_networks_have_the_parameters_that_one_counts(write_params):
    generator, discriminator = architecture.build(
        read_params(write_params()), Task(32, (8, 8, 1), Images())
    )
    # Dense without bias and four vectors of batch normalization a layer, then the pixels.
    assert generator.count_params() == 32 * 128 + 4 * 128 + 128 * 256 + 4 * 256 + 257 * 64
    assert discriminator.count_params() == 65 * 128 + 129 * 64 + 65


def test_the_dcgan_has_the_parameters_that_one_counts():
    generator, discriminator = pair(
        DCGAN(filters=64, normalization="batch", upsampling="transposed"), (28, 28, 1), 100
    )
    map_ = 7 * 7 * 128
    assert generator.count_params() == (100 * map_ + 4 * 128 + 16 * 128 * 64 + 4 * 64 + 16 * 64 + 1)
    assert discriminator.count_params() == 16 * 64 + 64 + 16 * 64 * 128 + 128 + 4 * 128 + map_ + 1


def test_rows_of_a_table_have_no_range_and_no_batch():
    generator, discriminator = pair(MLP(**ONE_LAYER), (3,), 4, small.TABLE)
    assert generator.count_params() == 5 * 8 + 9 * 3
    points = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    rows = np.asarray(generator(1000 * points, training=True))
    assert rows.shape == (50, 3) and np.abs(rows).max() > 100
    np.testing.assert_allclose(generator(1000 * points[:7], training=True), rows[:7], rtol=1e-4)
    assert discriminator(rows).shape == (50, 1)


@pytest.mark.parametrize("size, expected", [(8, 1), (28, 2), (32, 3), (64, 4), (128, 5), (12, 1)])
def test_halvings(size, expected):
    assert dcgan.halvings(size, size) == expected
    assert 4 <= size >> expected <= 7


@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 28, 1), (32, 32, 3), (12, 8, 1), (128, 128, 3)])
@pytest.mark.parametrize("family", ["mlp", "dcgan", "dcgan, bilinear", "resnet"])
def test_shapes_and_range(family, shape):
    generator, discriminator = pair(FAMILIES[family], shape)
    fakes = generator(10 * np.random.default_rng(0).normal(size=(3, 5)))
    assert fakes.shape == (3, *shape)
    assert float(abs(fakes).numpy().max()) <= 1
    assert discriminator(fakes).shape == (3, 1)


def test_every_seed_is_one_of_32_bits():
    family = Maxout(generator_units=[8], discriminator_units=[4, 4])
    network = family.discriminator(Task(5, (8, 8, 1), Images(), seed=2**32 - 1))
    seeds = [layer.seed for layer in network.layers if "drop" in layer.name]
    assert seeds == [2**32 - 1, 0, 1]


def test_names_are_the_same_when_built_again():
    """Automatic names count up within a process, and would change a model's bytes."""
    for family in FAMILIES.values():
        first, again = pair(family, (16, 16, 1)), pair(family, (16, 16, 1))
        for one, other in zip(first, again):
            assert [layer.name for layer in one.layers] == [layer.name for layer in other.layers]


def test_dcgan_guidelines():
    """Radford et al. 2016, section 3: where there is normalization, and the start weights."""
    keras.utils.set_random_seed(0)
    generator, discriminator = pair(
        DCGAN(filters=64, normalization="batch", upsampling="transposed"), (64, 64, 3), 100
    )

    def kinds(network):
        return [type(layer).__name__ for layer in network.layers]

    def normalized(name):
        return pair(PAPER.model_copy(update={"normalization": name}), (64, 64, 3))[1]

    up = ["Conv2DTranspose", "BatchNormalization", "ReLU"]
    first = ["Pointwise", "Reshape", "BatchNormalization", "ReLU"]
    assert kinds(generator) == [*first, *up * 3, "Conv2DTranspose"]
    down = ["Conv2D", "BatchNormalization", "LeakyReLU"]
    assert kinds(discriminator) == ["Conv2D", "LeakyReLU", *down * 3, "Flatten", "Pointwise"]
    for network in (generator, discriminator):
        for layer in network.layers:
            if hasattr(layer, "kernel"):
                assert np.std(layer.kernel) == pytest.approx(0.02, rel=0.05)
    assert "LayerNormalization" in kinds(normalized("layer"))
    assert "BatchNormalization" not in kinds(normalized("none"))
    spectral = ["SpectralNormalization", "LeakyReLU"]
    assert kinds(normalized("spectral")) == [*spectral * 4, "Flatten", "SpectralNormalization"]


def test_maxout_of_2014():
    means = np.linspace(0, 255, 784).reshape(28, 28, 1)
    family = Maxout(generator_units=[1200, 1200], discriminator_units=[240, 240])
    generator, discriminator = pair(family, (28, 28, 1), 100, samples=means[None])
    assert generator.count_params() == 101 * 1200 + 1201 * 1200 + 1201 * 784
    assert discriminator.count_params() == 785 * 1200 + 241 * 1200 + 241
    # Without the hidden layers' contribution, the generator shows the pixels' means.
    generator.get_layer("pixels").kernel.assign(np.zeros((1200, 784)))
    shown = (np.asarray(generator(np.ones((1, 100), "float32"))) + 1) * 127.5
    np.testing.assert_allclose(np.clip(shown[0], 0.3, 254.7), np.clip(means, 0.3, 254.7), atol=0.05)
    for layer in discriminator.layers:
        if hasattr(layer, "kernel"):
            assert np.abs(layer.kernel).max() <= 0.005
    # A unit is the largest of its pieces, by hand.
    x = np.random.default_rng(0).uniform(-1, 1, (3, 28, 28, 1)).astype("float32")
    first = discriminator.get_layer("dense_0")
    pieces = (x.reshape(3, 784) / 2 + 0.5) @ np.asarray(first.kernel)
    upto = keras.Model(discriminator.inputs[0], discriminator.get_layer("maxout_0").output)
    expected = pieces.reshape(3, 240, 5).max(axis=-1)
    np.testing.assert_allclose(np.asarray(upto(x)), expected, atol=1e-5)
