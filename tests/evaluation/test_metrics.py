"""The metrics against closed forms, against brute force, and on sets that they must order."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from scipy.linalg import sqrtm

from ganpkg import storage
from ganpkg.evaluation import classifier, metrics, table
from ganpkg.evaluation.class_coverage import class_shares, kl_divergence
from ganpkg.evaluation.embedded import Embedded, Embedding
from ganpkg.evaluation.kid import kernel_distances
from ganpkg.networks import mlp
from ganpkg.training.objectives import OBJECTIVES
from tests.evaluation import frechet_distance


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def embedded(features, rng, classes=None):
    count = len(features)
    classes = rng.integers(0, 4, count) if classes is None else classes
    return Embedded(features, np.eye(4)[classes], np.zeros(count, bool))


def classified(*classes, of=4):
    """Samples of which the classifier is sure, with nothing else of interest."""
    count = len(classes)
    return Embedded(np.zeros((count, 1)), np.eye(of)[list(classes)], np.zeros(count, bool))


def whitened(points):
    """The same points with mean exactly 0 and covariance exactly 1."""
    points = points - points.mean(axis=0)
    return points @ np.linalg.inv(np.linalg.cholesky(np.cov(points, rowvar=False))).T


def test_frechet_distance_of_gaussians_in_closed_form(rng):
    """With commuting covariances it is |m1 - m2|^2 + sum (s1 - s2)^2."""
    x, y = whitened(rng.normal(size=(300, 5))), whitened(rng.normal(size=(400, 5)))
    s1, s2 = np.array([1, 2, 3, 4, 5.0]), np.array([2, 2, 1, 0.5, 3.0])
    expected = 5 * 0.3**2 + ((s1 - s2) ** 2).sum()
    assert frechet_distance(x * s1, y * s2 + 0.3) == pytest.approx(expected, rel=1e-10)


def test_frechet_distance_of_one_feature(rng):
    x, y = rng.normal(size=(300, 1)), 3 * rng.normal(size=(200, 1)) + 1
    expected = (x.mean() - y.mean()) ** 2 + (x.std(ddof=1) - y.std(ddof=1)) ** 2
    assert frechet_distance(x, y) == pytest.approx(expected, rel=1e-10)


def test_frechet_distance_of_general_covariances(rng):
    x, y = rng.normal(size=(200, 6)) @ rng.normal(size=(6, 6)), rng.normal(size=(200, 6))
    c1, c2 = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    difference = x.mean(axis=0) - y.mean(axis=0)
    expected = difference @ difference + np.trace(c1 + c2 - 2 * sqrtm(c1 @ c2).real)
    assert frechet_distance(x, y) == pytest.approx(expected, rel=1e-8)


def test_frechet_distance_of_equal_sets_is_zero_also_without_full_rank(rng):
    x = np.concatenate([rng.normal(size=(10, 20)), np.zeros((10, 3))], axis=1)
    assert frechet_distance(x, x) == pytest.approx(0, abs=1e-9)


def test_kernel_distance_by_brute_force(rng):
    x, y = rng.normal(size=(7, 3)), rng.normal(size=(7, 3)) + 1

    def kernel(a, b):
        return (a @ b / 3 + 1) ** 3

    def among(a):
        values = [kernel(a[i], a[j]) for i in range(7) for j in range(7) if i != j]
        return np.mean(values)

    expected = among(x) + among(y) - 2 * np.mean([kernel(a, b) for a in x for b in y])
    assert kernel_distances(x, y) == pytest.approx([expected], rel=1e-12)


def test_kernel_distance_is_unbiased(rng):
    distances = [
        kernel_distances(rng.normal(size=(50, 4)), rng.normal(size=(50, 4)))[0] for _ in range(400)
    ]
    assert abs(np.mean(distances)) < 4 * np.std(distances) / 20
    assert min(distances) < 0


def test_kernel_distance_of_blocks(rng):
    x, y = rng.normal(size=(2000, 4)), rng.normal(size=(2000, 4)) + 0.2
    halves = [kernel_distances(x[half], y[half])[0] for half in (slice(1000), slice(1000, 2000))]
    assert kernel_distances(x, y) == pytest.approx(halves, rel=1e-12)
    numbers = metrics.kid(embedded(x, rng), embedded(y, rng))
    assert numbers["kid"] == pytest.approx(np.mean(halves), rel=1e-12)
    assert numbers["kid_spread"] == pytest.approx(np.std(halves), rel=1e-12)


def test_shares_and_kl_by_hand():
    samples = classified(0, 0, 1, 3)
    np.testing.assert_array_equal(class_shares(samples), [0.5, 0.25, 0, 0.25])
    even = np.full(4, 0.25)
    assert kl_divergence(even, even) == 0
    assert kl_divergence(np.array([1.0, 0, 0, 0]), even) == pytest.approx(np.log(4))
    assert kl_divergence(np.array([0.5, 0.5]), np.array([0.25, 0.75])) == pytest.approx(
        0.5 * np.log(2) + 0.5 * np.log(2 / 3)
    )
    assert kl_divergence(even, np.array([0.5, 0.5, 0, 0])) == np.inf


def test_classes_covered_and_many_classes():
    numbers = metrics.class_coverage(classified(0, 1, 2, 3), classified(0, 0, 1, 3))
    assert numbers["classes_covered"] == 3 and numbers["class_share_2"] == 0
    many = metrics.class_coverage(classified(0, 1, 2, 3, of=1000), classified(0, 0, 1, 3, of=1000))
    assert set(many) == {"class_kl", "classes_covered"}


def test_accuracy_on_the_class_asked_for():
    samples = classified(0, 1, 2, 3)
    assert metrics.asked_class(samples, samples) == {}
    samples = replace(samples, labels=np.array([0, 1, 3, 3]))
    assert np.mean(metrics.asked_class(samples, samples)["asked_class_accuracy"]) == 0.75


def test_stacked_digits_are_read_channel_by_channel(tmp_path):
    model = classifier.build_stacked((28, 28, 3))
    storage.save_model(model, tmp_path / "classifier.keras")
    model = storage.load_model(tmp_path / "classifier.keras")
    images = np.random.default_rng(0).uniform(-1, 1, (5, 28, 28, 3)).astype(np.float32)
    logits = np.asarray(model(images)).reshape(5, 10, 10, 10)
    assert model.get_layer("features").output.shape == (None, 192)
    # Exchanging channels exchanges digits; a class's logit is a sum over its digits.
    swapped = np.asarray(model(images[..., [1, 0, 2]])).reshape(5, 10, 10, 10)
    np.testing.assert_allclose(swapped, logits.transpose(0, 2, 1, 3), atol=1e-5)
    corner = logits[:, :1, :1, :1]
    parts = logits[:, :, :1, :1] + logits[:, :1, :, :1] + logits[:, :1, :1, :] - 2 * corner
    np.testing.assert_allclose(logits, parts, atol=1e-5)


def test_discriminator_accuracies():
    reference = replace(classified(0, 0, 0, 0), taken_for_real=np.array([True, True, True, False]))
    samples = replace(reference, taken_for_real=np.array([False, False, True, True]))
    found = metrics.discriminator_accuracy(reference, samples)
    assert np.mean(found["discriminator_accuracy_fake"]) == 0.5
    assert np.mean(found["discriminator_accuracy_real"]) == 0.75


@pytest.mark.parametrize("name, real", [
    ("non_saturating", [False, False, True, True, True, True]),
    ("hinge", [False, False, True, True, True, True]),
    ("least_squares", [False, False, False, False, True, True]),  # its labels are 0 and 1
    ("wasserstein", []),
    ("wasserstein_gp", []),
])  # fmt: skip
def test_what_the_discriminator_takes_for_real_is_by_its_objective(rng, name, real):
    samples = rng.integers(0, 256, (200, 2, 3, 1), dtype=np.uint8)
    samples[:6, 0, 0, 0] = [0, 108, 148, 188, 195, 255]  # about -1, -0.15, 0.16, 0.47, 0.53, 1
    layers = [keras.Input((2, 3, 1)), keras.layers.Flatten(), keras.layers.Dense(1)]
    first = keras.Sequential(layers)  # its logit is the first pixel
    first.set_weights([np.eye(6, 1), np.zeros(1)])
    embed = Embedding(classifier.principal_components(samples), first, OBJECTIVES[name])
    seen = embed(samples[:6])
    assert seen.taken_for_real.tolist() == real
    assert bool(real) == bool(metrics.discriminator_accuracy(seen, seen))


def test_principal_components_against_the_singular_vectors(rng):
    """Features without labels: centred, uncorrelated, and as varied as the data's singular
    values say."""
    mixed = (
        rng.normal(size=(300, 80)) @ np.diag(np.linspace(3, 0.1, 80)) @ rng.normal(size=(80, 80))
    )
    samples = np.clip(128 + 3 * mixed, 0, 255).astype(np.uint8).reshape(300, 8, 10, 1)
    model = classifier.principal_components(samples)
    scaled = samples.astype("float32") / 127.5 - 1
    features = model.predict(scaled, verbose=0)
    assert features.shape == (300, 64)
    points = scaled.reshape(300, 80).astype(float)
    values = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    np.testing.assert_allclose(features.mean(axis=0), 0, atol=1e-4)
    gram = features.T.astype(float) @ features
    np.testing.assert_allclose(np.diag(gram)[:20], values[:20] ** 2, rtol=1e-2)
    assert np.abs(gram - np.diag(np.diag(gram))).max() < 1e-3 * gram[0, 0]


def test_sets_without_labels_have_no_classes(rng):
    samples = rng.integers(0, 256, (200, 8, 8, 1), dtype=np.uint8)
    judge = classifier.principal_components(samples)
    embed = Embedding(judge, mlp.discriminator((8, 8, 1), [4]), OBJECTIVES["non_saturating"])
    sets = embed(samples[:100]), embed(samples[100:])
    assert sets[0].features.shape == (100, 64) and sets[0].class_count == 0
    numbers = metrics.judge(*sets)
    assert {"fid", "kid", "precision", "recall"} <= set(numbers)
    assert not [name for name in numbers if "class" in name]


def test_a_number_that_only_some_sets_have():
    """`copying_c_t`, for one."""
    values = {"generated": {"fid": 1.0, "copying_c_t": 0.5}, "real": {"fid": 2.0}}
    assert table.flat(values) == {"fid": 1.0, "fid_control": 2.0, "copying_c_t": 0.5}
    assert table.full(values)["numbers"]["copying_c_t"] == {"generated": 0.5}
    assert table.text(values).splitlines()[-1].split() == ["copying_c_t", "0.5000", "-"]
