from ganpkg.evaluation.embedded import Embedding
from ganpkg.evaluation.frechet import Gaussian
from ganpkg.networks import mlp
from ganpkg.training.objectives import OBJECTIVES


def frechet_distance(first, second):
    """Of two arrays of features, (n, d) float64."""
    return Gaussian(first).distance(Gaussian(second))


def embedding(judge, train):
    discriminator = mlp.discriminator(train.samples.shape[1:], [4])
    return Embedding(judge, discriminator, OBJECTIVES["non_saturating"])
