"""8 Gaussians on a circle.

Metz et al. 2017, "Unrolled generative adversarial networks", section 3.1 and appendix A.
"""

import numpy as np

from ganpkg.datasets.points import Gaussians

ANGLES = np.arange(8) * (2 * np.pi / 8)


class Ring(Gaussians):
    centres = 2.0 * np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
    deviation = 0.02
