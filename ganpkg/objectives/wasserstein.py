"""The Wasserstein GAN: Arjovsky et al. 2017, algorithm 1."""

from typing import Annotated

from pydantic import Field

from ganpkg.lazy import ops
from ganpkg.objectives.objective import WassersteinObjective


class Wasserstein(WassersteinObjective):
    clip: Annotated[float, Field(gt=0, le=100)]

    def constrain(self, discriminator):
        """Clips the critic's weights to [-clip, clip] after every update; the paper's is 0.01."""
        for variable in discriminator.trainable_variables:
            variable.constraint = lambda weights: ops.clip(weights, -self.clip, self.clip)
