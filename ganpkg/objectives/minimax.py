"""The generator minimises what the discriminator maximises: a zero-sum game.

Goodfellow et al. 2014, equation 1. The gradient with respect to the logit is -D(G(z)), which
vanishes while the discriminator rejects the samples with confidence: the loss saturates.
"""

from ganpkg.lazy import ops
from ganpkg.objectives.cross_entropy import CrossEntropy, keras_cross_entropy
from ganpkg.objectives.objective import KerasLosses


class Minimax(CrossEntropy):
    def fooled(self, logits):
        """E log(1 - D(G(z)))."""
        return -ops.mean(ops.softplus(logits))

    def keras_losses(self):
        def opposite(labels, logits):
            return -keras_cross_entropy(1 - labels, logits)

        return KerasLosses(keras_cross_entropy, 1 - self.label_smoothing, 0, opposite)
