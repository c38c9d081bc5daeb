"""The generator minimizes what the discriminator maximizes: a zero-sum game.

Goodfellow et al. 2014, equation 1. The gradient with respect to the logit is -D(G(z)). It vanishes
while the discriminator rejects the samples with confidence: the loss saturates.
"""

from ganpkg.lazy import ops
from ganpkg.objectives.cross_entropy import CrossEntropy, keras_cross_entropy


class Minimax(CrossEntropy):
    def generator_loss(self, logits):
        """E log(1 - D(G(z)))."""
        return -ops.mean(ops.softplus(logits))

    def keras_generator_loss(self, labels, logits):
        # The labels are 1. Cross-entropy with label 0 is -log(1 - D), so the sign changes, too.
        return -keras_cross_entropy(1 - labels, logits)
