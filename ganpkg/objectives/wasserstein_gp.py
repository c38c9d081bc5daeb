"""The Wasserstein GAN with a gradient penalty.

Gulrajani et al. 2017, "Improved training of Wasserstein GANs", algorithm 1.
"""

from typing import ClassVar

from ganpkg.objectives import penalties
from ganpkg.objectives.objective import Objective, WassersteinObjective


class WassersteinGP(WassersteinObjective):
    penalty: penalties.Weight
    """The paper's is 10."""
    noise_shapes: ClassVar[dict] = {"mixing": ()}

    def score_discriminator(self, discriminator, reals, fakes, noise):
        loss, scores = super().score_discriminator(discriminator, reals, fakes, noise)
        slopes = discriminator.slopes(penalties.interpolate(reals, fakes, noise["mixing"]))
        return loss + self.penalty * penalties.unit_slope(slopes), scores

    def conflicts(self, params):
        yield from Objective.conflicts(self, params)  # with the penalty the loss does not split
        yield from penalties.conflicts(params, f"since objective is {params.objective}")
