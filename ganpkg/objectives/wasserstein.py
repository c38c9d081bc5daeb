"""The Wasserstein GAN: Arjovsky et al. 2017, algorithm 1."""

from typing import Annotated

from pydantic import Field

from ganpkg.lazy import ops
from ganpkg.objectives.critic import AnyCritic


class Wasserstein(AnyCritic):
    clip: Annotated[float, Field(gt=0, le=100)]

    def constrain(self, discriminator):
        """After every update, the critic's weights lie from -clip to clip; the paper's is 0.01."""
        for variable in discriminator.trainable_variables:
            variable.constraint = lambda weights: ops.clip(weights, -self.clip, self.clip)
