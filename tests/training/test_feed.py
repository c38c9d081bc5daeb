"""The feed is a function of (seed, step, purpose)."""

import numpy as np
import pytest

from ganpkg.training.algorithm import iterations
from ganpkg.training.feed import BLOCK, MAX_NUMBERS, Feed
from tests import small

WITH_MIXING = {"objective": "wasserstein_gp", "update": "joint"}


def feed(count=100, labels=None, classes=0, **changes):
    samples = np.arange(count, dtype=np.uint8).reshape(count, 1, 1, 1)
    params = {"seed": 7, "batch_size": 10, "latent_dim": 3, **WITH_MIXING, **changes}
    return Feed(small.SHIPPED.changed(params), samples, labels, classes)


@pytest.mark.parametrize(
    "samples, batch, epochs, count",
    [
        (100, 10, 500, 5000),
        (1077, 64, 1000, 16000),
        (109, 10, 1, 10),
        (10, 10, 1, 1),
    ],
)
def test_iteration_count(samples, batch, epochs, count):
    assert iterations(samples, batch, epochs) == count


def test_shapes_and_types():
    batches = feed(discriminator_steps=2).batches(0, 5)
    assert batches["reals"].shape == (5, 2, 10, 1, 1, 1) and batches["reals"].dtype == np.uint8
    assert batches["d_latents"].shape == (5, 2, 10, 3) and batches["d_latents"].dtype == np.float32
    assert batches["g_latents"].shape == (5, 10, 3) and batches["g_latents"].dtype == np.float32
    assert batches["mixing"].shape == (5, 2, 10) and batches["mixing"].dtype == np.float32


@pytest.mark.parametrize("sampling", ["replacement", "epoch"])
@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("most_numbers", [1, 500, MAX_NUMBERS])
def test_any_cut_gives_the_same(monkeypatch, sampling, steps, most_numbers):
    """And however much is drawn at once: a step, some, or a block."""
    options = {"sampling": sampling, "discriminator_steps": steps}
    whole = feed(**options).batches(0, 3 * BLOCK)
    monkeypatch.setattr("ganpkg.training.feed.MAX_NUMBERS", most_numbers)
    for start, stop in [(0, 1), (5, 9), (BLOCK - 1, BLOCK + 1), (BLOCK, 3 * BLOCK), (70, 71)]:
        for name, part in feed(**options).batches(start, stop).items():
            np.testing.assert_array_equal(part, whole[name][start:stop])


def test_backwards_and_forwards_gives_the_same():
    one = feed()
    for start in (40, 0, 45, 1, 2, 64):
        alone = feed().batches(start, start + 3)
        for name, part in one.batches(start, start + 3).items():
            np.testing.assert_array_equal(part, alone[name])


def test_bytes_of_an_iteration():
    conditional = feed(labels=np.zeros(100, np.uint8), classes=4, discriminator_steps=2)
    # 10 samples of 1 + 4 bytes and their 3 + 4 latent numbers, twice; 10 latent points; mixing
    assert conditional.bytes_per_iteration() == 20 * (5 + 28) + 10 * 28 + 20 * 4


def test_seeds_steps_and_purposes_differ():
    batches, other = feed().batches(0, 2), feed(seed=8).batches(0, 2)
    latents = [batches["d_latents"][0, 0], batches["d_latents"][1, 0], batches["g_latents"][0]]
    latents += [batches["g_latents"][1], other["g_latents"][0], other["d_latents"][0, 0]]
    for number, first in enumerate(latents):
        for second in latents[number + 1 :]:
            assert not np.isclose(first, second).any()


def test_epoch_passes_take_every_sample_once():
    reals = feed(sampling="epoch").batches(0, 30)["reals"].reshape(3, 100)
    for one_pass in reals:
        assert sorted(one_pass) == list(range(100))
    assert not np.array_equal(reals[0], reals[1])


def test_epoch_passes_leave_over_less_than_a_batch_and_go_on():
    """With several discriminator steps the passes go on through them."""
    reals = feed(count=25, sampling="epoch", discriminator_steps=3).batches(0, 4)["reals"]
    for one_pass in reals.reshape(6, 20):
        assert len(set(one_pass)) == 20


def test_replacement_draws_uniformly_and_independently():
    draws = feed(batch_size=100).batches(0, 400)["reals"].ravel()
    counts = np.bincount(draws, minlength=100)
    # 40,000 draws into 100 cells: chi-squared with 99 degrees of freedom; 99.99 % is below 161.
    assert ((counts - 400) ** 2 / 400).sum() < 161
    assert len(set(feed(batch_size=100).batches(0, 1)["reals"].ravel())) < 100  # some come twice


def test_latents_are_standard_normal():
    batches = feed(batch_size=100).batches(0, 400)
    latents = np.concatenate([np.ravel(batches[name]) for name in ("d_latents", "g_latents")])
    error = 4 / np.sqrt(len(latents))  # 4 sigma of the mean, and a generous bound for the rest
    assert abs(latents.mean()) < error and abs(latents.std() - 1) < error
    assert abs((latents**3).mean()) < 4 * error and abs((latents**4).mean() - 3) < 12 * error


def test_mixing_is_uniform():
    mixing = feed(batch_size=100).batches(0, 400)["mixing"]
    # Deciles of 40,000 draws: chi-squared with 9 degrees of freedom; 99.99 % is below 34.
    counts = np.histogram(mixing, bins=10, range=(0, 1))[0]
    assert counts.sum() == 40_000 and ((counts - 4000) ** 2 / 4000).sum() < 34
