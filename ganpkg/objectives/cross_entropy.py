"""Discriminators that tell reals from fakes by binary cross-entropy.

Goodfellow et al. 2014, "Generative adversarial nets", equation 1: they minimise
-E log D(x) - E log(1 - D(G(z))).
"""

from typing import Annotated

from pydantic import Field

from ganpkg.lazy import keras, ops
from ganpkg.objectives.objective import SplitObjective, Tensor

Smoothing = Annotated[float, Field(ge=0, lt=0.5)]


class CrossEntropy(SplitObjective):
    label_smoothing: Smoothing
    """One-sided: the label of reals is 1 less this. Salimans et al. 2016, "Improved techniques for
    training GANs", section 3.4."""

    def real(self, logits):
        return cross_entropy(logits, 1.0 - self.label_smoothing)

    def fake(self, logits):
        return cross_entropy(logits, 0.0)


def cross_entropy(logits: Tensor, label: float) -> Tensor:
    """-E [label log D + (1 - label) log(1 - D)].

    It is exact in logits: -log D = softplus(-logit) and -log(1 - D) = softplus(logit) neither
    overflow nor lose digits where D saturates.
    """
    return ops.mean(label * ops.softplus(-logits) + (1 - label) * ops.softplus(logits))


def keras_cross_entropy(labels, logits):
    """As Keras has it, (batch,)."""
    return keras.losses.binary_crossentropy(labels, logits, from_logits=True)
