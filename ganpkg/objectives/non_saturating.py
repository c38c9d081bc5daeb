"""The generator maximizes log D(G(z)): "the -log D trick".

Goodfellow et al. 2014, end of section 3. The gradient with respect to the logit is
-(1 - D(G(z))): strongest where the discriminator rejects the samples.
"""

from ganpkg.lazy import ops
from ganpkg.objectives.cross_entropy import CrossEntropy, keras_cross_entropy


class NonSaturating(CrossEntropy):
    def generator_loss(self, logits):
        """-E log D(G(z))."""
        return ops.mean(ops.softplus(-logits))

    def keras_generator_loss(self, labels, logits):
        return keras_cross_entropy(labels, logits)
