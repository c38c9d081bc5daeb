"""The graph of a function: y = x^2, x uniform from -1/2 to 1/2."""

import numpy as np

from ganpkg.datasets.points import POINTS, Points


class Parabola(Points):
    def draw(self, generator):
        x = generator.uniform(-0.5, 0.5, size=(3, POINTS))
        return np.stack([x, x**2], axis=-1)
