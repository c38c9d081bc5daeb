"""The Parzen window: by hand, in float64, and by the protocol."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

from ganpkg.evaluation.metrics.parzen import (
    SIGMAS,
    _centroids,
    best_sigma,
    log_likelihoods,
    parzen,
)


def test_by_hand():
    """Two centres on a line, one point: the mean of two normal densities."""
    centres, point = np.float32([[0.0], [1.0]]), np.float32([[0.25]])
    sigma = 0.5
    density = np.mean(np.exp(-(np.array([0.25, 0.75]) ** 2) / (2 * sigma**2))) / (
        sigma * np.sqrt(2 * np.pi)
    )
    got = log_likelihoods(centres, point, [sigma])
    assert got.shape == (1, 1) and got[0, 0] == pytest.approx(np.log(density), rel=1e-6)


@pytest.mark.parametrize("sigma", [0.1, 0.3, 1.0])
def test_against_float64_without_shortcuts(sigma):
    rng = np.random.default_rng(0)
    centres, points = (rng.random((n, 20), dtype=np.float32) for n in (700, 1100))
    squares = cdist(points.astype(float), centres.astype(float), "sqeuclidean")
    densities = logsumexp(-squares / (2 * sigma**2), axis=1) - np.log(700)
    expected = densities - 20 * np.log(sigma * np.sqrt(2 * np.pi))
    got = log_likelihoods(centres, points, [sigma])[0]
    np.testing.assert_allclose(got, expected, atol=1e-3)


def test_sigma_is_the_likeliest_of_ten():
    rng = np.random.default_rng(0)
    centres = np.zeros((1, 50), np.float32)
    points = (rng.normal(size=(1000, 50)) * SIGMAS[4]).astype(np.float32)
    assert best_sigma(centres, points) == SIGMAS[4]
    assert (SIGMAS[0], SIGMAS[-1], len(SIGMAS)) == (0.1, 1.0, 10)


def test_rows_and_errors():
    rng = np.random.default_rng(0)
    train, valid, test = (
        rng.integers(0, 256, (n, 4, 4, 1), dtype=np.uint8) for n in (400, 300, 200)
    )
    numbers = parzen(train, train, valid, test)
    assert numbers["parzen"] == numbers["parzen_control"]  # both are the training images
    flat = [np.reshape(x, (len(x), -1)).astype(np.float32) / 255 for x in (train, test)]
    values = log_likelihoods(*flat, [numbers["parzen_sigma"]])[0]
    error = values.std() / np.sqrt(200)
    assert numbers["parzen_error"] == pytest.approx(error, rel=0.05)  # to two digits or one
    assert numbers["parzen"] == pytest.approx(values.mean(), abs=error / 2)
    noise = np.full_like(train, 128)
    assert parzen(noise, train, valid, test)["parzen"] != numbers["parzen"]
    assert set(numbers) == {
        f"parzen{row}{part}"
        for row in ("", "_control", "_kmeans")
        for part in ("", "_error", "_sigma")
    }


def test_k_means_finds_the_centres_of_clusters():
    rng = np.random.default_rng(0)
    images = (64 * rng.integers(0, 4, (5000, 1, 1, 1)) + np.zeros((1, 2, 2, 1))).astype(np.uint8)
    found = np.unique(np.round(_centroids(images, 30)[:, 0] * 255))
    assert found.tolist() == [0, 64, 128, 192]


@pytest.mark.slow
def test_real_mnist_images_score_as_known(mnist):
    """Training images score 240 nats or a little more, and centroids beat them, though they
    are no better pictures: the protocol's known weakness."""
    with np.load(mnist) as content:
        x, test = content["x_train"], content["x_test"]
    train, valid = x[:50_000], x[50_000:]
    noise = np.random.default_rng(0).integers(0, 256, (10_000, 28, 28), dtype=np.uint8)
    numbers = parzen(noise, train, valid, test)
    assert numbers["parzen_control"] == pytest.approx(242.5, abs=4)
    assert numbers["parzen_control_error"] == 2  # 2.1, to the digits that are given
    assert numbers["parzen_control_sigma"] == pytest.approx(0.1668, abs=1e-4)
    assert numbers["parzen_kmeans"] > numbers["parzen_control"] + 20
    assert numbers["parzen"] < -200
