"""Log-likelihood of test data under a Parzen window (a Gaussian around every sample).

Goodfellow et al. 2014, section 5, by the protocol of its authors (Breuleux et al. 2011,
"Quickly generating representative samples"): pixels from 0 to 1; log p(x) = log mean_i
N(x; sample_i, sigma^2 I) in nats; sigma is that of ten, evenly spaced in the logarithm from
0.1 to 1, under which the first 1,000 validation images are likeliest; the error is the
standard deviation over the test images divided by the root of their number.

The number misleads (Theis et al. 2016, "A note on the evaluation of generative models",
section 3.3): a few centroids of k-means beat real images. Hence the rows beside it: as many
training images as there are samples, and centroids. It depends on the number of samples.
"""

import math

import numpy as np

SIGMAS = np.logspace(-1, 0, 10)
VALIDATION = 1000
SAMPLES_PER_CENTROID = 10
CHUNK = 500  # rows of distances held at a time
MOST_BYTES = 2**31  # of training images that k-means sees


def parzen(generated, train, valid, test) -> dict[str, float]:
    """All are pixels, (n, *sample) uint8.

    Returns:
        `parzen`, `parzen_control` (training images) and `parzen_kmeans`, each with its
        standard error `..._error` and `..._sigma`, in nats.
    """
    count = min(len(generated), len(train))
    train = train[: max(count, MOST_BYTES // (4 * math.prod(train.shape[1:])))]
    train, valid, test = (_flat(samples) for samples in (train, valid[:VALIDATION], test))
    rows = {
        "parzen": _flat(generated[:count]),
        "parzen_control": train[:count],
        "parzen_kmeans": _centroids(train, count // SAMPLES_PER_CENTROID),
    }
    numbers = {}
    for name, centres in rows.items():
        sigma = likeliest_sigma(centres, valid)
        values = log_likelihoods(centres, test, [sigma])[0]
        error = values.std() / np.sqrt(len(values))
        numbers |= {name: values.mean(), f"{name}_error": error, f"{name}_sigma": sigma}
    return {name: float(value) for name, value in numbers.items()}


def likeliest_sigma(centres: np.ndarray, points: np.ndarray) -> float:
    """The one of `SIGMAS` under which `points` have the highest mean log-likelihood."""
    return SIGMAS[log_likelihoods(centres, points, SIGMAS).mean(axis=1).argmax()]


def log_likelihoods(centres: np.ndarray, points: np.ndarray, sigmas) -> np.ndarray:
    """(sigmas, points) in nats; centres and points are (n, d), with values from 0 to 1."""
    dimension = points.shape[1]
    constants = [np.log(sigma * np.sqrt(2 * np.pi)) * dimension for sigma in sigmas]
    squares = np.einsum("ij,ij->i", centres, centres)
    rows = []
    for start in range(0, len(points), CHUNK):
        chunk = points[start : start + CHUNK]
        distances = squares - 2 * chunk @ centres.T
        # The nearest centre is taken out before the exponential, so that nothing underflows.
        nearest = distances.min(axis=1, keepdims=True)
        distances -= nearest
        nearest = nearest[:, 0].astype(float) + np.einsum("ij,ij->i", chunk, chunk)
        rows.append(
            [
                np.log(np.exp(distances * np.float32(-0.5 / sigma**2)).mean(axis=1))
                - nearest / (2 * sigma**2)
                - constant
                for sigma, constant in zip(sigmas, constants)
            ]
        )
    return np.concatenate(rows, axis=1)


def _flat(samples) -> np.ndarray:
    return np.reshape(samples, (len(samples), -1)).astype(np.float32) / 255


def _centroids(points: np.ndarray, count: int) -> np.ndarray:
    from sklearn.cluster import MiniBatchKMeans

    clusters = MiniBatchKMeans(
        count, init="random", batch_size=4096, n_init=1, max_iter=5, random_state=0
    )
    return clusters.fit(points).cluster_centers_.astype(np.float32)
