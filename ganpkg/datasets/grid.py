"""25 Gaussians on a square grid: Srivastava et al. 2017, "VEEGAN", section 4.1."""

import numpy as np

from ganpkg.datasets.points import Gaussians

SIDE = np.arange(-4.0, 5.0, 2.0)


class Grid(Gaussians):
    centres = np.stack(np.meshgrid(SIDE, SIDE), axis=-1).reshape(-1, 2)
    deviation = 0.05
