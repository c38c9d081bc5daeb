"""How the sets for the metrics are drawn."""

import numpy as np
from scipy.stats import spearmanr

from ganpkg.datasets.dataset import Split
from ganpkg.evaluation import classifier, controls, features
from ganpkg.evaluation.controls import DRAWS, Pools
from ganpkg.evaluation.sample_set import SampleSet
from ganpkg.kinds.images import Images
from tests.evaluation import embedding


def test_sets_without_labels_miss_the_brighter_half():
    samples = np.arange(100, dtype=np.uint8).reshape(100, 1, 1, 1)
    split = Split(samples, np.zeros(100, np.uint8))
    assert samples[controls._half(split, 0)].max() < 50 == len(controls._half(split, 0))
    noise = controls._noise(split, 20, 0).samples
    assert noise.max() <= 99 and noise.dtype == np.uint8
    rows = Split(np.linspace(-1, 1, 50, dtype=np.float32).reshape(25, 2), np.zeros(25, np.uint8))
    noise = controls._noise(rows, 10, 0).samples
    assert noise.shape == (10, 2) and noise.dtype == np.float32 and abs(noise).max() <= 1


def test_draws_share_no_generated_samples_and_split_the_reals_anew():
    def split(first, count):
        return Split(
            np.arange(first, first + count, dtype=np.float32)[:, None], np.zeros(count, int)
        )

    class Itself:
        def __call__(self, samples, labels=None):
            return SampleSet(np.asarray(samples, float), np.empty((len(samples), 0)), None)

    count = controls.set_size(130, 40, 50)
    assert count == 32 == 130 // DRAWS
    assert controls.set_size(10**6, 10**5, 10**5) == controls.MAX_SAMPLES
    parts = split(0, 130), split(1000, 200), split(2000, 40), split(3000, 50)
    draws = list(Pools(Itself(), *parts, count).draws())
    assert len(draws) == DRAWS
    drawn = [sets["generated"][1].features.ravel() for sets in draws]
    assert len(np.unique(drawn)) == DRAWS * count
    for sets in draws:
        assert all(len(part) == count for pair in sets.values() for part in pair)
        reference = sets["generated"][0].features
        assert reference.min() >= 3000  # of the test split
        reals = np.concatenate([part.features for part in sets["real"]])
        assert reals.min() >= 2000 and len(np.unique(reals)) == 2 * count
        assert 2000 > sets["memoriser"][1].features.min() >= 1000
    assert not np.array_equal(draws[0]["real"][0].features, draws[1]["real"][0].features)


def test_samples_are_drawn_from_the_whole_split_in_random_order():
    """Otherwise a classifier trained on one half and tested on the other would see the order."""
    split = Split(np.arange(1000), np.arange(1000) % 7)
    some = split.random_subset(100)
    assert len(set(some.samples)) == 100 and some.samples.max() > 900 and some.samples.min() < 100
    assert abs(spearmanr(range(100), some.samples).statistic) < 0.4
    np.testing.assert_array_equal(some.labels, some.samples % 7)
    np.testing.assert_array_equal(split.random_subset(100).samples, some.samples)


def test_half_is_left_out_where_it_is_too_small():
    labels = np.array([0] * 10 + [1] * 90, np.uint8)
    split = Split(np.arange(100)[:, None], labels)

    def embed(samples, labels):
        return SampleSet(samples, np.eye(2)[labels], None, labels)

    for count, there in ((20, False), (10, True)):
        sets = next(Pools(embed, split, split, split, split, count).draws())
        assert ("half" in sets) == there


def test_a_memory_mapped_split_is_embedded_in_bounded_parts(tmp_path, monkeypatch):
    samples = np.random.default_rng(0).integers(0, 256, (200, 8, 8, 1), dtype=np.uint8)
    embed = embedding(features.build(samples, Images()), Split(samples, None))
    whole = embed(samples).features
    monkeypatch.setattr(classifier, "CHUNK_BYTES", 64 * 4 * 30)
    assert [part.stop - part.start for part in classifier.chunks(samples)] == [30] * 7
    np.testing.assert_allclose(embed(samples).features, whole, atol=1e-5)
