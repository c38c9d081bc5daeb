"""The residual networks: any size, their start, their layers, and gradients of gradients."""

import keras
import numpy as np
import pytest

from ganpkg import backend, storage
from ganpkg.kinds.images import Images
from ganpkg.labels import append_codes
from ganpkg.layers import Bilinear, GroupedConv2D, Pointwise, SpectralNormalization, WeightedSum
from ganpkg.networks import conditional
from ganpkg.networks.architecture import Task
from ganpkg.networks.dcgan import DCGAN
from ganpkg.networks.resnet import ResNet
from ganpkg.objectives import penalties

LATENT_DIM, CLASSES = 5, 3
FAMILIES = {
    "plain": ResNet(filters=4, max_filters=8, blocks=1, form="plain"),
    "inverted": ResNet(filters=8, max_filters=16, blocks=2, form="inverted"),
    "spectral": DCGAN(filters=2, normalization="spectral", upsampling="bilinear"),
}


def networks(name, shape, classes=0):
    task, family = Task(LATENT_DIM, shape, Images(), classes), FAMILIES[name]
    return conditional.generator(family.generator(task), classes), family.discriminator(task)


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def maps(*shape):
    return normal(*shape).astype(np.float32)


def points(count, classes=0):
    points = maps(count, LATENT_DIM)
    return append_codes(points, np.arange(count) % classes, classes) if classes else points


def shuffle(network):
    """Moves all weights away from their start, where the last convolutions are zero."""
    for number, variable in enumerate(network.trainable_variables):
        variable.assign(variable + 0.1 * normal(*variable.shape, seed=number))


@pytest.fixture
def float64():
    def set_dtype(dtype):
        keras.config.set_floatx(dtype)
        keras.config.set_dtype_policy(dtype)

    set_dtype("float64")
    yield
    set_dtype("float32")


@pytest.mark.parametrize("classes", [0, CLASSES])
@pytest.mark.parametrize(
    "shape",
    [(8, 8, 1), (9, 9, 3), (28, 28, 1), (31, 31, 3), (32, 32, 3), (64, 64, 1), (65, 65, 3),
     (8, 30, 3)],
)  # fmt: skip
def test_any_size(shape, classes):
    generator, discriminator = networks("plain", shape, classes)
    fakes = generator(points(CLASSES, classes))
    assert fakes.shape == ((3, np.prod(shape) + classes) if classes else (3, *shape))
    logits = np.asarray(discriminator(fakes))
    assert logits.shape == (3, 1) and len(np.unique(logits)) == 3  # it depends on the sample
    if classes:
        row = np.asarray(fakes)[:1].repeat(CLASSES, axis=0)
        row[:, -CLASSES:] = 2 * np.eye(CLASSES) - 1
        assert len(np.unique(discriminator(row))) == CLASSES  # and on the class


@pytest.mark.parametrize(
    "size, expected",
    [(8, [8, 4]), (9, [9, 5]), (28, [28, 14, 7, 4]), (31, [31, 16, 8, 4]), (12, [12, 6]),
     (65, [65, 33, 17, 9, 5]), (256, [256, 128, 64, 32, 16, 8, 4])],
)  # fmt: skip
def test_sizes(size, expected):
    sizes = FAMILIES["plain"]._sizes(size, 8)
    assert [height for height, _, _ in sizes] == expected
    assert [width for _, width, _ in sizes] == [8] + [4] * (len(expected) - 1)
    assert [channels for _, _, channels in sizes] == [4] + [8] * (len(expected) - 1)


def test_parameters_that_one_counts():
    def block(width):
        return 9 * width**2 + width + 9 * width**2

    generator, discriminator = networks("plain", (16, 16, 3))  # 16, 8, 4: 4, 8, 8 channels
    blocks = block(4) + block(8) + block(8)
    assert generator.count_params() == LATENT_DIM * 8 + 16 * 8 + blocks + 8 * 4 + 4 * 3 + 3
    assert discriminator.count_params() == 3 * 4 + 4 * 8 + blocks + 16 * 8 + 8 + 1
    # Inverted: 8, 16, 16 channels, two blocks at each size.
    wide = [2 * width * width + 2 * width + 9 * 16 * 2 * width + 2 * width + 2 * width * width
            for width in (8, 16, 16)]  # fmt: skip
    _, discriminator = networks("inverted", (16, 16, 3))
    assert discriminator.count_params() == 3 * 8 + 8 * 16 + 2 * sum(wide) + 16 * 16 + 16 + 1


@pytest.mark.parametrize("name, convolutions", [("plain", 2), ("inverted", 3)])
def test_start_weights(name, convolutions):
    """The deviations of Huang et al. 2024; blocks pass on what they get."""
    keras.utils.set_random_seed(0)
    wide = FAMILIES[name].model_copy(update={"filters": 64, "max_filters": 64, "blocks": 2})
    network = wide.discriminator(Task(LATENT_DIM, (32, 32, 3), Images()))
    scale = 8 ** (-1 / (2 * convolutions - 2))  # of 4 sizes, with 2 blocks each
    for layer in network.layers:
        if layer.name.endswith("last"):
            assert not np.any(layer.kernel) and layer.bias is None
        elif layer.name.startswith("block") and hasattr(layer, "kernel"):
            fan_in = np.prod(layer.kernel.shape[:-1])
            expected = scale * np.sqrt(2 / 1.04 / fan_in)
            assert np.std(layer.kernel) == pytest.approx(expected, rel=0.05)
    block = keras.Model(
        network.get_layer("block_0_0_sum").input[0], network.get_layer("block_0_1_sum").output
    )
    inputs = maps(2, 32, 32, 64)
    np.testing.assert_array_equal(block(inputs), inputs)


@pytest.mark.parametrize(
    "size, expected",
    [
        (4, [0, 0.5, 1, 1.5, 2, 2.5, 3, 3]),
        (4, [0, 0.5, 1, 1.5, 2, 2.5, 3]),
        (8, [0.25, 2, 4, 6]),
        (7, [0.25, 2, 4, 5.75]),
        (5, [0, 1, 2, 3, 4]),
    ],
)
def test_bilinear_resampling(size, expected):
    """Straight lines along each axis stay straight, but for the repeated edges; constants stay."""
    line, expected = np.arange(size, dtype=np.float32), np.array(expected)
    new = len(expected)
    down = np.tile(line[None, :, None, None], (1, 1, 4, 2))
    resampled = np.tile(expected[None, :, None, None], (1, 1, 8, 2))
    np.testing.assert_allclose(Bilinear(new, 8)(down), resampled)
    across = np.asarray(Bilinear(8, new)(down.swapaxes(1, 2)))
    np.testing.assert_allclose(across.swapaxes(1, 2), resampled)
    constant = np.full((2, size, size, 3), 3, np.float32)
    np.testing.assert_allclose(Bilinear(new, new)(constant), np.full((2, new, new, 3), 3.0))


@pytest.mark.parametrize("groups", [1, 3])
def test_grouped_convolution(groups):
    """On a CPU it is several convolutions. Expected: one, with zeros between the groups."""
    channels = 4 * groups
    layer, inputs = GroupedConv2D(channels, 3, groups=groups), maps(2, 5, 5, channels)
    result = layer(inputs)
    kernel = np.zeros((3, 3, channels, channels), np.float32)
    for start in range(0, channels, 4):
        group = slice(start, start + 4)
        kernel[:, :, group, group] = np.asarray(layer.kernel)[..., group]
    np.testing.assert_allclose(result, keras.ops.conv(inputs, kernel), atol=1e-5)


def test_convolutions_by_products_and_sums():
    inputs, pointwise, weighted = maps(2, 3, 4, 5), Pointwise(6), WeightedSum()
    result = pointwise(inputs)
    expected = keras.ops.conv(inputs, np.asarray(pointwise.kernel)[None, None])
    np.testing.assert_allclose(result, expected, atol=1e-5)
    result = weighted(inputs)
    expected = keras.ops.depthwise_conv(inputs, np.asarray(weighted.map)[..., None])
    np.testing.assert_allclose(result, np.asarray(expected)[:, 0, 0], atol=1e-5)


def test_spectral_normalization():
    """The kernel is divided by its largest singular value, which training finds."""
    layer, inputs = SpectralNormalization(keras.layers.Conv2D(6, 3)), maps(2, 5, 5, 4)
    np.testing.assert_array_equal(layer(inputs), layer(inputs))
    for _ in range(60):
        result = layer(inputs, training=True)
    kernel = np.asarray(layer.layer.kernel)
    norm = np.linalg.norm(kernel.reshape(-1, 6), 2)
    np.testing.assert_allclose(result, keras.ops.conv(inputs, kernel / norm), atol=1e-3)
    direction = np.asarray(layer.direction)
    layer.trainable = False
    layer(inputs, training=True)
    np.testing.assert_array_equal(layer.direction, direction)  # a frozen layer stays as it is
    assert any(variable is layer.direction for variable in layer.variables)


@pytest.mark.parametrize("classes", [0, CLASSES])
@pytest.mark.parametrize("name", FAMILIES)
def test_saved_and_loaded_again(tmp_path, name, classes):
    shape = (8, 8, 3) if name == "spectral" else (9, 9, 3)
    generator, discriminator = networks(name, shape, classes)
    latents = points(4, classes)
    fakes = generator(latents)
    discriminator(fakes, training=True)
    for network, inputs in ((generator, latents), (discriminator, fakes)):
        shuffle(network)
        storage.save_model(network, tmp_path / "model.keras")
        again = storage.load_model(tmp_path / "model.keras")
        np.testing.assert_array_equal(again(inputs), network(inputs))


@pytest.mark.parametrize("classes", [0, CLASSES])
@pytest.mark.parametrize("name", FAMILIES)
def test_gradients_of_gradients(float64, name, classes):
    """R1's gradient with respect to the weights, along a direction, beside finite differences."""
    keras.utils.set_random_seed(1)
    _, network = networks(name, (8, 8, 2), classes)
    shuffle(network)
    shape = (3, 128 + classes) if classes else (3, 8, 8, 2)
    reals, variables = keras.ops.convert_to_tensor(normal(*shape)), network.trainable_variables
    for layer in network._flatten_layers():
        if isinstance(layer, SpectralNormalization):  # exact, as after many iterations
            kernel = np.asarray(layer.layer.kernel)
            layer.direction.assign(np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), False)[2][0])

    def penalty():
        return penalties.zero_slope(backend.gradients(network, reals)), None

    _, _, gradients = backend.value_and_gradients(penalty, variables)
    start = [np.asarray(variable) for variable in variables]
    direction = [normal(*value.shape, seed=number) for number, value in enumerate(start)]
    values, step = [], 1e-7  # so small that no leaky ReLU changes sides
    for sign in (1, -1):
        for variable, value, move in zip(variables, start, direction):
            variable.assign(value + sign * step * move)
        values.append(float(penalty()[0]))
    slope = sum(
        np.sum(np.asarray(gradient) * move)
        for gradient, move in zip(gradients, direction)
        if gradient is not None
    )
    assert abs(slope) > 1e-3
    assert (values[0] - values[1]) / (2 * step) == pytest.approx(slope, rel=1e-4)


@pytest.mark.parametrize("name", FAMILIES)
def test_samples_do_not_affect_each_other(name):
    assert FAMILIES[name].couplings() == []
    _, network = networks(name, (8, 8, 1))
    shuffle(network)
    samples = maps(4, 8, 8, 1)
    np.testing.assert_allclose(network(samples[:1]), network(samples)[:1], rtol=1e-4, atol=1e-5)
