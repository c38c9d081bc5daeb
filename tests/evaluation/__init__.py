from ganpkg.evaluation.embedding import Embedding
from ganpkg.evaluation.frechet import Gaussian
from ganpkg.kinds.images import Images
from tests import small


def frechet_distance(first, second):
    """Of two arrays of features, (n, d) float64."""
    return Gaussian.fit(first).distance(Gaussian.fit(second))


def embedding(feature_model, train):
    discriminator = small.discriminator(train.samples.shape[1:])
    return Embedding(feature_model, discriminator, small.objective(), Images())
