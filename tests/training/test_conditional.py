"""Conditional GANs: both players are told the class, and nothing else changes."""

import keras
import numpy as np
import pytest

from ganpkg import storage
from ganpkg.kinds.images import Images
from ganpkg.labels import append_codes, codes
from ganpkg.networks import conditional
from ganpkg.sampling import latents
from ganpkg.training import build, compiled
from ganpkg.training.compiled import CompiledEngine
from ganpkg.training.feed import Feed
from ganpkg.training.textbook import TextbookEngine
from tests.training.conftest import LATENT_DIM, TOLERANCE, weights

CLASSES = 3
SMALL = {
    "mlp.generator_units": [12], "mlp.discriminator_units": [8], "maxout.generator_units": [12],
    "maxout.discriminator_units": [8], "dcgan.filters": 4, "resnet.filters": 8, "batch_size": 16,
}  # fmt: skip


@pytest.fixture
def labelled(digits):
    return digits, (np.arange(len(digits)) % CLASSES).astype(np.uint8)


def test_codes():
    np.testing.assert_array_equal(codes(np.array([0, 2]), 3), [[1, -1, -1], [-1, -1, 1]])
    points = np.array([[0.5, 0.25]], np.float32)
    np.testing.assert_array_equal(append_codes(points, np.array([1]), 2), [[0.5, 0.25, -1, 1]])
    pixels = np.full((1, 1, 2, 1), 7, np.uint8)
    row = append_codes(pixels, np.array([1]), 2)
    assert row.dtype == np.uint8 and row.tolist() == [[7, 7, 0, 255]]


@pytest.mark.parametrize("sampling", ["replacement", "epoch"])
def test_the_feed_tells_the_classes(shipped, labelled, sampling):
    samples, labels = labelled
    changes = {"seed": 1, "batch_size": 10, "latent_dim": LATENT_DIM, "sampling": sampling}
    params = shipped.changed({**changes, "discriminator_steps": 2})
    plain = Feed(params, samples).batches(3, 40)
    batches = Feed(params, samples, labels, CLASSES).batches(3, 40)
    of = {sample.tobytes(): label for sample, label in zip(samples, labels)}
    expected = [of[sample.tobytes()] for sample in plain["reals"].reshape(-1, 8, 8, 1)]
    code = codes(np.array(expected), CLASSES).reshape(37, 2, 10, CLASSES)
    np.testing.assert_array_equal(batches["reals"][..., :64], plain["reals"].reshape(37, 2, 10, 64))
    np.testing.assert_array_equal(batches["reals"][..., 64:], 255 * (code > 0))
    np.testing.assert_array_equal(batches["d_latents"][..., :LATENT_DIM], plain["d_latents"])
    np.testing.assert_array_equal(batches["d_latents"][..., LATENT_DIM:], code)
    np.testing.assert_array_equal(batches["g_latents"][..., :LATENT_DIM], plain["g_latents"])
    asked = batches["g_latents"][..., LATENT_DIM:].argmax(-1)
    # As often as in the data: 5 sigma of a count
    assert np.abs(np.bincount(asked.ravel()) - 370 / 3).max() < 5 * np.sqrt(370 * 2 / 9)
    assert not np.array_equal(asked, code[:, 0].argmax(-1))


def make_game(shipped, samples, labels, **changes):
    params = shipped.changed({**SMALL, "latent_dim": LATENT_DIM, "conditional": True, **changes})
    keras.utils.set_random_seed(1)
    gan = build.gan(params, samples, Images(), CLASSES)
    return params, gan, Feed(params, samples, labels, CLASSES)


@pytest.mark.slow_but_one
@pytest.mark.parametrize("architecture", ["mlp", "dcgan", "resnet", "maxout"])
def test_networks_and_what_is_saved(shipped, labelled, tmp_path, architecture):
    samples, labels = labelled
    _, gan, feed = make_game(shipped, samples, labels, architecture=architecture, ema_decay=0.9)
    assert gan.generator.input_shape == (None, LATENT_DIM + CLASSES)
    assert gan.discriminator.input_shape == (None, 64 + CLASSES)
    assert compiled.has_convolutions(gan) == (architecture in ("dcgan", "resnet"))
    batches = feed.batches(0, 1)
    scores = CompiledEngine(gan).run(batches)
    assert np.isfinite(scores).all()
    points = batches["g_latents"][0]
    rows, images = gan.average(points), gan.sampler(points)
    assert images.shape == (16, 8, 8, 1)
    np.testing.assert_array_equal(rows[:, :64], np.reshape(images, (16, 64)))
    np.testing.assert_array_equal(rows[:, 64:], points[:, LATENT_DIM:])
    for name, network, inputs in (
        ("generator", gan.sampler, points),
        ("discriminator", gan.discriminator, rows),
    ):
        storage.save_model(network, tmp_path / f"{name}.keras")
        loaded = storage.load_model(tmp_path / f"{name}.keras")
        np.testing.assert_array_equal(loaded(inputs), network(inputs))
    assert latents.generate(gan.sampler, points, gan.kind).dtype == np.uint8


@pytest.mark.parametrize("architecture", ["mlp", "dcgan", "resnet"])
def test_both_players_hear_the_class(shipped, labelled, architecture):
    """One point or one image with another class gives another image or another logit."""
    samples, labels = labelled
    _, gan, feed = make_game(shipped, samples, labels, architecture=architecture)
    CompiledEngine(gan).run(feed.batches(0, 1))
    points = np.random.default_rng(0).normal(size=(1, LATENT_DIM)).repeat(CLASSES, axis=0)
    images = gan.sampler(append_codes(points.astype(np.float32), np.arange(CLASSES), CLASSES))
    assert len(np.unique(np.asarray(images), axis=0)) == CLASSES
    same = append_codes(samples[:1].repeat(CLASSES, axis=0), np.arange(CLASSES), CLASSES)
    logits = gan.discriminator(same.astype(np.float32) / 127.5 - 1)
    assert len(np.unique(np.asarray(logits))) == CLASSES


@pytest.mark.slow_but_one
@pytest.mark.parametrize("update", ["separate", "simultaneous"])
def test_engines_agree(shipped, labelled, make_gan, update):
    make_gan(dtype="float64")
    results = []
    for engine in (TextbookEngine, CompiledEngine):
        _, gan, feed = make_game(shipped, *labelled, update=update)
        start = weights(gan.generator)
        scores = engine(gan).run(feed.batches(0, 24))
        assert np.abs(weights(gan.generator) - start).max() > 1e-3
        results.append((weights(gan.generator), weights(gan.discriminator), scores))
    for ours, theirs in zip(*results):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE["float64"])


def test_penalties_look_at_values_alone(shipped, labelled):
    """The slope towards the class's code is left out of R1 and the gradient penalty."""
    _, gan, feed = make_game(shipped, *labelled, r1=1.0, update="joint")
    reals = feed.batches(0, 1)["reals"][0, 0].astype(np.float32) / 127.5 - 1
    slopes = compiled.DiscriminatorInTraining(gan).slopes(keras.ops.convert_to_tensor(reals))
    assert slopes.shape == (16, 64)
    step = np.zeros_like(reals)
    step[:, 5] = 1e-2
    difference = gan.discriminator(reals + step) - gan.discriminator(reals - step)
    np.testing.assert_allclose(slopes[:, 5], difference[:, 0] / 2e-2, rtol=1e-2, atol=1e-4)


def test_an_unconditional_generator_is_its_own_inner_generator():
    generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)], name="generator")
    assert conditional.inner_generator(generator) is generator
