"""The log-likelihood of test data under a Parzen window, a Gaussian around each sample.

The protocol is that of the paper's authors (Breuleux et al. 2011, "Quickly generating
representative samples"): pixels from 0 to 1; log p(x) = log mean_i N(x; sample_i, sigma^2 I) in
nats. sigma is the one of ten, spaced evenly in the logarithm from 0.1 to 1, that makes the first
1,000 validation images most likely. The error is the standard error over the test images.

The number is misleading (Theis et al. 2016, "A note on the evaluation of generative models",
section 3.3): a few k-means centroids score higher than real images. It is therefore also computed
on centroids, and on as many training images as there are samples. It depends on the number of
samples.
"""

import numpy as np

from ganpkg.evaluation.description import HIGHER, Group, Level, Number, metric
from ganpkg.evaluation.rounding import round_to_spread

SIGMAS = np.logspace(-1, 0, 10)
VALIDATION = 1000
SAMPLES_PER_CENTROID = 10
CHUNK = 500  # points and centres held as floats, or rows of distances, at a time
BATCH = 4096  # images per step of k-means
EPOCHS = 5
SIGMA = {"sigma": "\N{GREEK SMALL LETTER SIGMA}"}


@metric(
    Number("parzen", "generated samples", HIGHER, Level.HEADLINE, control=True, details=SIGMA),
    Number("parzen_control", "training samples", HIGHER, details=SIGMA),
    Number("parzen_kmeans", "centroids of k-means", HIGHER, details=SIGMA),
    group=Group.LIKELIHOOD,
    order=1,
    paper="Goodfellow et al. 2014, Generative adversarial nets, section 5",
    blind_spot="It does not detect poor samples: centroids of k-means, which do not look like "
    "data, score high.",
    takes_splits=True,
)
def parzen(generated, train, valid, test) -> dict[str, float]:
    """
    Args:
        generated, train, valid, test: samples, (n, *sample), possibly memory-mapped.

    Returns:
        `parzen`, `parzen_control` (training images) and `parzen_kmeans`, each with its standard
        error `..._error` and `..._sigma`, in nats; nothing unless the samples are pixels, uint8.
    """
    if generated.dtype != np.uint8:
        return {}
    count = min(len(generated), len(train))
    sets = {
        "parzen": generated[:count],
        "parzen_control": train[:count],
        "parzen_kmeans": _centroids(train, count // SAMPLES_PER_CENTROID),
    }
    numbers = {}
    for name, centres in sets.items():
        sigma = best_sigma(centres, valid[:VALIDATION])
        values = log_likelihoods(centres, test, [sigma])[0]
        mean, error = round_to_spread(values.mean(), values.std() / np.sqrt(len(values)))
        numbers |= {name: mean, f"{name}_error": error, f"{name}_sigma": float(f"{sigma:.4g}")}
    return numbers


def best_sigma(centres: np.ndarray, points: np.ndarray) -> float:
    """The one of `SIGMAS` with the highest mean log-likelihood of `points`."""
    return SIGMAS[log_likelihoods(centres, points, SIGMAS).mean(axis=1).argmax()]


def log_likelihoods(centres: np.ndarray, points: np.ndarray, sigmas) -> np.ndarray:
    """(sigmas, points), in nats. Both arrays are images, uint8, or flat values from 0 to 1."""
    dimension = int(np.prod(points.shape[1:]))
    parts = []
    for chunk in _chunks(points):
        # |point - centre|^2 - |point|^2
        distances = np.concatenate(
            [np.einsum("ij,ij->i", c, c) - 2 * chunk @ c.T for c in _chunks(centres)], axis=1
        )
        # Subtracting the smallest distance before the exponential avoids underflow.
        nearest = distances.min(axis=1, keepdims=True)
        distances -= nearest
        nearest = nearest[:, 0].astype(float) + np.einsum("ij,ij->i", chunk, chunk)
        parts.append(
            [
                np.log(np.exp(distances * np.float32(-0.5 / sigma**2)).mean(axis=1))
                - nearest / (2 * sigma**2)
                - np.log(sigma * np.sqrt(2 * np.pi)) * dimension
                for sigma in sigmas
            ]
        )
    return np.concatenate(parts, axis=1)


def _chunks(samples):
    for start in range(0, len(samples), CHUNK):
        yield _flat(samples[start : start + CHUNK])


def _flat(samples) -> np.ndarray:
    flat = np.reshape(samples, (len(samples), -1))
    return flat.astype(np.float32) / 255 if flat.dtype == np.uint8 else flat.astype(np.float32)


def _centroids(images: np.ndarray, count: int) -> np.ndarray:
    """(count, values) from 0 to 1, by k-means on batches of images."""
    from sklearn.cluster import MiniBatchKMeans

    clusters = MiniBatchKMeans(count, init="random", n_init=1, random_state=0)
    random, batch = np.random.default_rng(0), max(BATCH, count)
    for _ in range(EPOCHS):
        order = random.permutation(len(images))
        for start in range(0, len(order), batch):
            clusters.partial_fit(_flat(images[np.sort(order[start : start + batch])]))
    return clusters.cluster_centers_.astype(np.float32)
