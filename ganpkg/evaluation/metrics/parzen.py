"""Log-likelihood of test data under a Parzen window (a Gaussian around every sample).

Goodfellow et al. 2014, by the protocol of its authors (Breuleux et al. 2011,
"Quickly generating representative samples"): pixels from 0 to 1; log p(x) = log mean_i
N(x; sample_i, sigma^2 I) in nats; sigma is that of ten, evenly spaced in the logarithm from
0.1 to 1, under which the first 1,000 validation images are likeliest; the error is the
standard deviation over the test images divided by the root of their number.

The number misleads (Theis et al. 2016, "A note on the evaluation of generative models",
section 3.3): a few centroids of k-means beat real images. Hence the rows beside it: as many
training images as there are samples, and centroids. It depends on the number of samples.
"""

import numpy as np

from ganpkg.evaluation.metric import HIGHER, Group, Level, Number, metric
from ganpkg.evaluation.rounding import rounded, significant

SIGMAS = np.logspace(-1, 0, 10)
VALIDATION = 1000
SAMPLES_PER_CENTROID = 10
CHUNK = 500  # points and centres held as floats, or rows of distances, at a time
BATCH = 4096  # images of k-means
PASSES = 5


SIGMA = {"sigma": "\N{GREEK SMALL LETTER SIGMA}"}


@metric(
    Number("parzen", "generated samples", HIGHER, Level.HEADLINE, control=True, details=SIGMA),
    Number("parzen_control", "training samples", HIGHER, details=SIGMA),
    Number("parzen_kmeans", "centroids of k-means", HIGHER, details=SIGMA),
    group=Group.LIKELIHOOD,
    order=1,
    paper="Goodfellow et al. 2014, Generative adversarial nets, section 5",
    blind="Centroids of k-means, which nobody takes for samples, show what the number is worth.",
    whole=True,
)
def parzen(generated, train, valid, test) -> dict[str, float]:
    """All are samples, (n, *sample), possibly memory-mapped; of those that are no pixels, uint8,
    there are no numbers.

    Returns:
        `parzen`, `parzen_control` (training images) and `parzen_kmeans`, each with its
        standard error `..._error` and `..._sigma`, in nats.
    """
    if generated.dtype != np.uint8:
        return {}
    count = min(len(generated), len(train))
    rows = {
        "parzen": generated[:count],
        "parzen_control": train[:count],
        "parzen_kmeans": _centroids(train, count // SAMPLES_PER_CENTROID),
    }
    numbers = {}
    for name, centres in rows.items():
        sigma = likeliest_sigma(centres, valid[:VALIDATION])
        values = log_likelihoods(centres, test, [sigma])[0]
        mean, error = rounded(values.mean(), values.std() / np.sqrt(len(values)))
        numbers |= {name: mean, f"{name}_error": error, f"{name}_sigma": significant(sigma)}
    return numbers


def likeliest_sigma(centres: np.ndarray, points: np.ndarray) -> float:
    """The one of `SIGMAS` under which `points` have the highest mean log-likelihood."""
    return SIGMAS[log_likelihoods(centres, points, SIGMAS).mean(axis=1).argmax()]


def log_likelihoods(centres: np.ndarray, points: np.ndarray, sigmas) -> np.ndarray:
    """(sigmas, points) in nats; both are images, uint8, or flat values from 0 to 1."""
    dimension = int(np.prod(points.shape[1:]))
    constants = [np.log(sigma * np.sqrt(2 * np.pi)) * dimension for sigma in sigmas]
    rows = []
    for chunk in _chunks(points):
        distances = np.concatenate([_distances(chunk, part) for part in _chunks(centres)], axis=1)
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


def _distances(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """(points, centres) squared, less the squared length of the point."""
    return np.einsum("ij,ij->i", centres, centres) - 2 * points @ centres.T


def _chunks(samples):
    for start in range(0, len(samples), CHUNK):
        yield _flat(samples[start : start + CHUNK])


def _flat(samples) -> np.ndarray:
    flat = np.reshape(samples, (len(samples), -1))
    return flat.astype(np.float32) / 255 if flat.dtype == np.uint8 else flat.astype(np.float32)


def _centroids(images: np.ndarray, count: int) -> np.ndarray:
    """(count, values) from 0 to 1, by k-means over batches of images."""
    from sklearn.cluster import MiniBatchKMeans

    clusters = MiniBatchKMeans(count, init="random", n_init=1, random_state=0)
    random, batch = np.random.default_rng(0), max(BATCH, count)
    for _ in range(PASSES):
        order = random.permutation(len(images))
        for start in range(0, len(order), batch):
            clusters.partial_fit(_flat(images[np.sort(order[start : start + batch])]))
    return clusters.cluster_centers_.astype(np.float32)
