"""The losses of critics, which estimate the Wasserstein distance from samples to data."""

from ganpkg.lazy import ops
from ganpkg.objectives.objective import KerasLosses, SplitObjective, keras_linear_loss


class WassersteinObjective(SplitObjective):
    """Arjovsky et al. 2017, "Wasserstein GAN", algorithm 1: the critic f maximises
    E f(x) - E f(G(z)), the generator E f(G(z))."""

    has_accuracy = False
    rates_reals = False

    def real_loss(self, logits):
        return -ops.mean(logits)

    def fake_loss(self, logits):
        return ops.mean(logits)

    def generator_loss(self, logits):
        return -ops.mean(logits)

    def keras_losses(self):
        return KerasLosses(keras_linear_loss, 1, -1, keras_linear_loss)

    def more_scores(self, d_loss_real, d_loss_fake):
        """The critic's estimate of the distance, in units of the critic's steepness."""
        return {"wasserstein_distance": -(d_loss_real + d_loss_fake)}
