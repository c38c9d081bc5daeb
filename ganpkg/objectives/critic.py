"""Critics, which estimate the Wasserstein distance of the samples from the data."""

from typing import ClassVar

from ganpkg.lazy import ops
from ganpkg.objectives.objective import KerasLosses, SplitObjective


class AnyCritic(SplitObjective):
    """Arjovsky et al. 2017, "Wasserstein GAN", algorithm 1: the critic f raises E f(x) - E f(G(z)),
    the generator E f(G(z))."""

    has_accuracy: ClassVar[bool] = False

    def real(self, logits):
        return -ops.mean(logits)

    def fake(self, logits):
        return ops.mean(logits)

    def fooled(self, logits):
        return -ops.mean(logits)

    def keras_losses(self):
        def product(labels, outputs):
            return -ops.mean(labels * outputs, axis=-1)

        return KerasLosses(product, 1, -1, product)

    def more_scores(self, d_loss_real, d_loss_fake):
        """The critic's estimate of the distance, in units of its steepness."""
        return {"wasserstein_distance": -(d_loss_real + d_loss_fake)}
