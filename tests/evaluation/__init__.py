from ganpkg.evaluation.frechet import Gaussian


def frechet_distance(first, second):
    """Of two arrays of features, (n, d) float64."""
    return Gaussian(first).distance(Gaussian(second))
