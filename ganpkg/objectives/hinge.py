"""The hinge loss: Miyato et al. 2018, "Spectral normalization for GANs", equations 16 and 17."""

from ganpkg.lazy import keras, ops
from ganpkg.objectives.objective import KerasLosses, SplitObjective, keras_linear_loss


class Hinge(SplitObjective):
    def real_loss(self, logits):
        """E max(0, 1 - D(x))."""
        return ops.mean(ops.relu(1 - logits))

    def fake_loss(self, logits):
        """E max(0, 1 + D(G(z)))."""
        return ops.mean(ops.relu(1 + logits))

    def generator_loss(self, logits):
        """-E D(G(z))."""
        return -ops.mean(logits)

    def keras_losses(self):
        return KerasLosses(keras.losses.hinge, 1, -1, keras_linear_loss)
