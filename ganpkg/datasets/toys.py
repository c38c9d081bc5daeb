"""The toy sets of the literature, drawn afresh from the seed: points in the plane."""

import numpy as np

from ganpkg.datasets.dataset import Dataset, of_rows

POINTS = 10_000  # in each split
COLUMNS = ["x", "y"]
CIRCLE = np.arange(8) * (2 * np.pi / 8)
SQUARE = np.arange(-4.0, 5.0, 2.0)

# Centres and standard deviation of the mixtures of Gaussians:
MIXTURES = {
    # Metz et al. 2017, "Unrolled generative adversarial networks", section 3.1 and appendix A
    "ring": (2.0 * np.stack([np.cos(CIRCLE), np.sin(CIRCLE)], axis=1), 0.02),
    # Srivastava et al. 2017, "VEEGAN", section 4.1
    "grid": (np.stack(np.meshgrid(SQUARE, SQUARE), axis=-1).reshape(-1, 2), 0.05),
}
TOYS = (*MIXTURES, "parabola")


def load(name: str, split_seed: int) -> Dataset:
    """10,000 points each to train, validate and test.

    `parabola` is the graph of a function: y = x^2, x uniform from -1/2 to 1/2. `ring` is a
    mixture of 8 Gaussians of equal weight on a circle, `grid` one of 25 on a square.
    """
    generator = np.random.Generator(np.random.Philox(split_seed))
    if name == "parabola":
        x = generator.uniform(-0.5, 0.5, size=(3, POINTS))
        return of_rows(COLUMNS, *np.stack([x, x**2], axis=-1))
    centres, deviation = MIXTURES[name]
    means = centres[generator.integers(len(centres), size=(3, POINTS))]
    points = means + deviation * generator.standard_normal(means.shape)
    return of_rows(COLUMNS, *points, modes=centres.tolist(), mode_deviation=deviation)
