"""The generator follows the gradient of maximum likelihood, if the discriminator is optimal.

Goodfellow 2016, "NIPS 2016 Tutorial", section 3.2.4, equation 14. Few samples carry nearly all of
the gradient, so its variance is high.
"""

from ganpkg.lazy import ops
from ganpkg.objectives.cross_entropy import CrossEntropy


class MaximumLikelihood(CrossEntropy):
    def generator_loss(self, logits):
        """-1/2 E exp(sigmoid^-1(D(G(z))))."""
        return -0.5 * ops.mean(ops.exp(logits))

    def keras_generator_loss(self, labels, logits):
        return -ops.mean(labels * ops.exp(logits), axis=-1) / 2
