"""Metrics put the controls, and what gets worse little by little, in the right order."""

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.datasets import load_digits

from ganpkg import backend
from ganpkg.datasets.dataset import Split
from ganpkg.evaluation import classifier, metrics, table
from ganpkg.evaluation.controls import CONTROLS, control_sets
from ganpkg.evaluation.copying import Copying
from ganpkg.evaluation.embedded import Embedding
from ganpkg.networks import mlp
from ganpkg.training.objectives import OBJECTIVES

LOWER_IS_BETTER = (
    "fid", "kid", "told_apart_accuracy", "neighbour_accuracy_real",
    "neighbour_accuracy_fake",
)  # fmt: skip
HIGHER_IS_BETTER = ("recall", "density", "coverage", "precision")


class Digits:
    """The real digits with a classifier, and everything that metrics say of them."""

    def __init__(self):
        x, y = load_digits(return_X_y=True)
        x = (x * 15.9).astype(np.uint8).reshape(-1, 8, 8, 1)
        order = np.random.default_rng(1).permutation(len(x))
        parts = np.split(order, [1077, 1437])
        self.train, self.valid, self.test = (Split(x[p], y[p].astype(np.uint8)) for p in parts)
        judge = classifier.train(*self.train)
        discriminator = mlp.discriminator((8, 8, 1), [4])
        self.embed = Embedding(judge, discriminator, OBJECTIVES["non_saturating"])
        self.reference = self.embed(*self.test)
        self.copying = Copying(self.embed.features(self.train.samples), self.reference.features)

    def numbers(self, split):
        seen = self.embed(*split)
        values = metrics.judge(self.reference, seen) | self.copying(seen.features)[0]
        return {name: table.number(value) for name, value in values.items()}


@pytest.fixture(scope="module")
def digits():
    return Digits()


@pytest.fixture(scope="module")
def controls(digits):
    sets = control_sets(digits.train, digits.valid, 360)
    assert list(sets) == list(CONTROLS)
    return {name: digits.numbers(split) for name, split in sets.items()}


@pytest.mark.parametrize("name", LOWER_IS_BETTER)
def test_half_the_classes_and_noise_are_worse(controls, name):
    of = {which: numbers[name] for which, numbers in controls.items()}
    if name != "neighbour_accuracy_real":  # noise is nobody's nearest neighbour, so it is 1 there
        assert of["noise"] > of["real"]
    if name != "neighbour_accuracy_fake":  # what there is of half is as good as real
        assert of["half"] > of["real"]
    assert max(of["half"], of["noise"]) > max(of["real"], of["memoriser"])


@pytest.mark.parametrize("name", HIGHER_IS_BETTER)
def test_noise_is_worst(controls, name):
    of = {which: numbers[name] for which, numbers in controls.items()}
    assert of["noise"] < min(of["real"], of["memoriser"], of["half"])
    if name in ("recall", "coverage"):  # quality alone does not see that classes are missing
        assert of["half"] < 0.7 * min(of["real"], of["memoriser"])


def test_classes_missing_show_in_the_shares(controls):
    assert controls["half"]["class_kl"] > 10 * controls["real"]["class_kl"]
    assert controls["half"]["classes_covered"] < 10 == controls["real"]["classes_covered"]
    assert controls["half"]["classifier_score"] < 0.7 * controls["real"]["classifier_score"]


def test_only_the_copying_metrics_see_the_memoriser(controls):
    """Which is why they stand in the report: by the others it is as good as real.

    How good, depends on the classifier, which comes out a little different on other
    processors: what counts is that noise is more than ten times as far from real.
    """
    for name in ("fid", "coverage", "density"):
        real, memoriser, noise = (controls[of][name] for of in ("real", "memoriser", "noise"))
        assert 10 * abs(memoriser - real) < abs(noise - real)
    assert controls["memoriser"]["copying_c_t"] < -5 < -3 < controls["real"]["copying_c_t"] < 3
    assert controls["memoriser"]["neighbour_distance_ratio"] < 0.1
    assert controls["real"]["neighbour_distance_ratio"] > 0.7


def correlation(series, name):
    return spearmanr(range(len(series)), [numbers[name] for numbers in series]).statistic


@pytest.fixture(scope="module")
def ever_more_noise(digits):
    reals, labels = digits.valid
    noise = np.random.default_rng(2).integers(0, 255, reals.shape)
    return [
        digits.numbers(Split(((1 - level) * reals + level * noise).astype(np.uint8), labels))
        for level in (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
    ]


@pytest.mark.parametrize("name, sign", [
    ("fid", 1), ("kid", 1), ("precision", -1), ("density", -1), ("told_apart_accuracy", 1),
])  # fmt: skip
def test_more_noise_is_worse(ever_more_noise, name, sign):
    assert sign * correlation(ever_more_noise, name) >= 0.95


@pytest.fixture(scope="module")
def ever_fewer_classes(digits):
    samples, labels = digits.train
    return [
        digits.numbers(Split(samples[labels < kept], labels[labels < kept]).drawn(360))
        for kept in range(10, 3, -1)
    ]


@pytest.mark.parametrize("name, sign", [
    ("fid", 1), ("kid", 1), ("recall", -1), ("coverage", -1), ("class_kl", 1),
    ("classes_covered", -1), ("classifier_score", -1),
])  # fmt: skip
def test_fewer_classes_are_worse(ever_fewer_classes, name, sign):
    assert sign * correlation(ever_fewer_classes, name) >= 0.95


@pytest.fixture(scope="module")
def ever_more_copies(digits):
    order = np.random.default_rng(3).permutation(360)
    series = []
    for count in (0, 18, 36, 72, 108, 180, 270, 360):
        samples = digits.valid.samples.copy()
        samples[order[:count]] = digits.train.samples[:count]
        series.append(digits.numbers(Split(samples, digits.valid.labels)))
    return series


@pytest.mark.parametrize("name", ["copying_c_t", "neighbour_distance_ratio"])
def test_more_copies_show_more(ever_more_copies, name):
    assert correlation(ever_more_copies, name) <= -0.95


def test_sets_without_labels_miss_the_brighter_half():
    samples = np.arange(100, dtype=np.uint8).reshape(100, 1, 1, 1)
    split = Split(samples, np.zeros(100, np.uint8))
    sets = control_sets(split, split, 20)
    assert sets["half"].samples.max() < 50 and len(sets["half"].samples) == 20
    assert sets["noise"].samples.max() <= 99 and sets["noise"].samples.dtype == np.uint8
    rows = Split(np.linspace(-1, 1, 50, dtype=np.float32).reshape(25, 2), np.zeros(25, np.uint8))
    noise = control_sets(rows, rows, 10)["noise"].samples
    assert noise.shape == (10, 2) and noise.dtype == np.float32 and abs(noise).max() <= 1


def test_samples_are_drawn_from_the_whole_split_in_random_order():
    """Else a test that learns from one half and is judged on the other sees the order."""
    split = Split(np.arange(1000), np.arange(1000) % 7)
    some = split.drawn(100)
    assert len(set(some.samples)) == 100 and some.samples.max() > 900 and some.samples.min() < 100
    assert abs(spearmanr(range(100), some.samples).statistic) < 0.4
    np.testing.assert_array_equal(some.labels, some.samples % 7)
    np.testing.assert_array_equal(split.drawn(100).samples, some.samples)


def test_half_is_left_out_where_it_is_too_small():
    labels = np.array([0] * 10 + [1] * 90, np.uint8)
    split = Split(np.zeros((100, 1, 1, 1), np.uint8), labels)
    assert "half" not in control_sets(split, split, 20) and "half" in control_sets(split, split, 10)


def test_intervals_hold_the_mean_and_shrink_with_the_root():
    random = np.random.default_rng(0)
    few, many = ((random.random(count) < 0.3) for count in (400, 6400))
    widths = []
    for value in (few, many):
        low, high = table.interval(value)
        assert low < value.mean() < high
        widths.append(high - low)
    assert widths[0] == pytest.approx(2 * 1.96 * np.sqrt(0.3 * 0.7 / 400), rel=0.15)
    assert widths[0] / widths[1] == pytest.approx(4, rel=0.15)


def test_of_a_large_train_split_the_classifier_sees_a_part(digits, monkeypatch):
    monkeypatch.setattr(classifier, "STEPS", 2)

    def weights(samples, labels):
        backend.make_deterministic(classifier.SEED)
        return np.concatenate(list(map(np.ravel, classifier.train(samples, labels).get_weights())))

    samples, labels = digits.train
    part = weights(samples[:200], labels[:200])
    assert (weights(samples, labels) != part).any()
    monkeypatch.setattr(classifier, "MOST_BYTES", 200 * 64 * 4)
    np.testing.assert_array_equal(weights(samples, labels), part)
