"""The metrics against closed forms and brute force."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from scipy.linalg import sqrtm

from ganpkg import storage
from ganpkg.evaluation import classifier, controls, features, rounding, table
from ganpkg.evaluation.embedding import Embedding
from ganpkg.evaluation.metrics.asked_class import asked_class
from ganpkg.evaluation.metrics.class_coverage import class_coverage, kl_divergence
from ganpkg.evaluation.metrics.discriminator_accuracy import discriminator_accuracy
from ganpkg.evaluation.metrics.kid import kernel_distance
from ganpkg.evaluation.sample_set import SampleSet
from ganpkg.kinds.images import Images
from tests import small
from tests.evaluation import frechet_distance


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def embedded(features, rng, classes=None):
    count = len(features)
    classes = rng.integers(0, 4, count) if classes is None else classes
    return SampleSet(features, np.eye(4)[classes], np.zeros(count, bool))


def classified(*classes, of=4):
    """Samples of which the classifier is sure; nothing else matters."""
    count = len(classes)
    return SampleSet(np.zeros((count, 1)), np.eye(of)[list(classes)], np.zeros(count, bool))


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
    assert kernel_distance(x, y) == pytest.approx(expected, rel=1e-12)


def test_kernel_distance_is_unbiased(rng):
    distances = [
        kernel_distance(rng.normal(size=(50, 4)), rng.normal(size=(50, 4))) for _ in range(400)
    ]
    assert abs(np.mean(distances)) < 4 * np.std(distances) / 20
    assert min(distances) < 0


def test_shares_and_kl_by_hand():
    samples = classified(0, 0, 1, 3)
    numbers = class_coverage(samples, samples)
    assert [numbers[f"class_share_{label}"] for label in range(4)] == [0.5, 0.25, 0, 0.25]
    even = np.full(4, 5)
    assert kl_divergence(even, even) == 0
    many = 10**6
    assert kl_divergence(np.array([many, 0, 0, 0]), many * even) == pytest.approx(np.log(4), 1e-4)
    expected = 1.5 / 3 * np.log(1.5 / 3 * 4 / 1.5) + 1.5 / 3 * np.log(1.5 / 3 * 4 / 2.5)
    assert kl_divergence(np.array([1, 1]), np.array([1, 2])) == pytest.approx(expected)


def test_shares_of_honest_data_with_few_pictures_a_class_diverge_little(rng):
    """Of 10 classes with 30 reals in all, some are missing in nearly every draw."""
    pairs = rng.multinomial(30, np.full(10, 0.1), size=(200, 2))
    found = [kl_divergence(*pair) for pair in pairs]
    assert (pairs == 0).any(axis=(1, 2)).mean() > 0.3
    assert np.isfinite(found).all() and np.mean(found) < 0.5
    assert kl_divergence(np.array([30] + [0] * 9), np.full(10, 3)) > 3 * np.mean(found)


def test_classes_covered_and_many_classes():
    numbers = class_coverage(classified(0, 1, 2, 3), classified(0, 0, 1, 3))
    assert numbers["classes_covered"] == 3 and numbers["class_share_2"] == 0
    many = class_coverage(classified(0, 1, 2, 3, of=1000), classified(0, 0, 1, 3, of=1000))
    assert set(many) == {"class_kl", "classes_covered"}


def test_accuracy_on_the_class_asked_for():
    samples = classified(0, 1, 2, 3)
    assert asked_class(samples, samples) == {}
    samples = replace(samples, labels=np.array([0, 1, 3, 3]))
    assert np.mean(asked_class(samples, samples)["asked_class_accuracy"]) == 0.75


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
    reference = replace(classified(0, 0, 0, 0), decisions=np.array([True, True, True, False]))
    samples = replace(reference, decisions=np.array([False, False, True, True]))
    found = discriminator_accuracy(reference, samples)
    assert np.mean(found["discriminator_accuracy_fake"]) == 0.5
    assert np.mean(found["discriminator_accuracy_real"]) == 0.75


@pytest.mark.parametrize("name, real", [
    ("non_saturating", [False, False, True, True, True, True]),
    ("hinge", [False, False, True, True, True, True]),
    ("least_squares", [False, False, False, False, True, True]),  # its labels are 0 and 1
    ("wasserstein", None),
    ("wasserstein_gp", None),
])  # fmt: skip
def test_the_objective_sets_the_discriminators_decision_boundary(rng, name, real):
    samples = rng.integers(0, 256, (200, 2, 3, 1), dtype=np.uint8)
    samples[:6, 0, 0, 0] = [0, 108, 148, 188, 195, 255]  # about -1, -0.15, 0.16, 0.47, 0.53, 1
    layers = [keras.Input((2, 3, 1)), keras.layers.Flatten(), keras.layers.Dense(1)]
    first = keras.Sequential(layers)  # its logit is the first pixel
    first.set_weights([np.eye(6, 1), np.zeros(1)])
    embed = Embedding(features.build(samples, Images()), first, small.objective(name), Images())
    seen = embed(samples[:6])
    found = discriminator_accuracy(seen, seen)
    if real is None:
        assert seen.decisions is None and not found
    else:
        assert seen.decisions.tolist() == real
        assert found["discriminator_accuracy_real"] == pytest.approx(np.mean(real))


def test_principal_components_against_the_singular_vectors(rng):
    """Features of rows: centred, uncorrelated, and as varied as the data's singular values say."""
    mixed = rng.normal(size=(300, 80)) @ np.diag(np.linspace(3, 0.1, 80))
    rows = (mixed @ rng.normal(size=(80, 80))).astype(np.float32)
    found = features.build(rows, small.TABLE).predict(rows, verbose=0)
    assert found.shape == (300, 64)
    points = rows.astype(float)
    values = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-3)
    gram = found.T.astype(float) @ found
    np.testing.assert_allclose(np.diag(gram)[:20], values[:20] ** 2, rtol=1e-2)
    assert np.abs(gram - np.diag(np.diag(gram))).max() < 1e-3 * gram[0, 0]


@pytest.mark.parametrize("shape", [(8, 8, 1), (33, 33, 3)])
def test_the_random_network_is_a_function_of_the_train_split_alone(rng, tmp_path, shape):
    samples = rng.integers(0, 256, (200, *shape), dtype=np.uint8)
    for name in ("a.keras", "b.keras"):
        storage.save_model(features.build(samples, Images()), tmp_path / name)
        keras.utils.set_random_seed(5)
    assert (tmp_path / "a.keras").read_bytes() == (tmp_path / "b.keras").read_bytes()
    found = classifier.outputs(storage.load_model(tmp_path / "a.keras"), samples, Images())
    assert found.shape == (200, 64)
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-3)
    assert 0.5 < found.std(axis=0).mean() < 2


def test_a_classifier_stands_beside_the_random_network(rng, tmp_path):
    samples = rng.integers(0, 256, (200, 8, 8, 1), dtype=np.uint8)
    learnt = classifier.build((8, 8, 1), 3)
    storage.save_model(features.build(samples, Images(), learnt), tmp_path / "classifier.keras")
    inputs = classifier.inputs(samples, Images())
    found, logits = storage.load_model(tmp_path / "classifier.keras")(inputs)
    np.testing.assert_allclose(logits, learnt(inputs), atol=1e-5)
    alone = np.asarray(features.build(samples, Images())(inputs))
    np.testing.assert_allclose(found[:, 64:], alone, atol=1e-5)
    assert np.var(found[:, :64], axis=0).mean() == pytest.approx(1, rel=1e-3)


def test_sets_without_labels_have_no_classes(rng):
    samples = rng.integers(0, 256, (200, 8, 8, 1), dtype=np.uint8)
    feature_model = features.build(samples, Images())
    embed = Embedding(feature_model, small.discriminator((8, 8, 1)), small.objective(), Images())
    sets = embed(samples[:100]), embed(samples[100:])
    assert sets[0].features.shape == (100, 64) and sets[0].class_count == 0
    numbers = controls.measure(*sets)
    assert {"fid", "kid", "precision", "recall"} <= set(numbers)
    assert not [name for name in numbers if "class" in name]


def test_a_number_that_only_some_sets_have():
    """`copying_c_t`, for one."""
    values = {
        "generated": {"fid": [1.0, 1.2], "copying_c_t": [0.5, 0.5]},
        "real": {"fid": [2.0, 5.0], "asked_class_accuracy": [1.0, 1.0]},
    }
    evaluation = table.summarize(values)
    assert table.headline(evaluation) == {
        "fid": 1.1, "fid_spread": 0.14, "fid_control": 4, "fid_control_spread": 2,
        "copying_c_t": 0.5,
    }  # fmt: skip
    assert evaluation["numbers"]["copying_c_t"] == {"generated": 0.5}
    assert evaluation["spreads"]["copying_c_t"] == {"generated": 0.0}
    assert table.text(evaluation).splitlines()[-1].split() == ["copying_c_t", "0.5", "-"]


@pytest.mark.parametrize("mean, spread, given", [
    (4.8404, 1.4, (4.8, 1.4)), (4.8404, 0.44, (4.8, 0.4)), (4.8404, 0.0961, (4.84, 0.1)),
    (158.46, 23.0, (160, 20)), (0.97777, 0.0012, (0.9778, 0.0012)), (10.0, 0.0, (10.0, 0.0)),
    (2 / 3, 0.0, (0.6667, 0.0)), (-0.3, 2.0, (0, 2)), (158.46, 9.7, (158, 10)),
])  # fmt: skip
def test_as_many_digits_as_the_spread_allows(mean, spread, given):
    assert rounding.round_to_spread(mean, spread) == pytest.approx(given, rel=1e-12)
