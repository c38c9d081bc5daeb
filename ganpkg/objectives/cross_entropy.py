"""Discriminators that separate reals from fakes by binary cross-entropy.

Goodfellow et al. 2014, "Generative adversarial nets", equation 1: they minimize
-E log D(x) - E log(1 - D(G(z))).
"""

from abc import abstractmethod
from typing import Annotated

from pydantic import Field

from ganpkg.lazy import keras, ops
from ganpkg.objectives.objective import KerasLosses, SplitObjective, Tensor

Smoothing = Annotated[float, Field(ge=0, lt=0.5)]


class CrossEntropy(SplitObjective):
    label_smoothing: Smoothing
    """One-sided: the label of reals is 1 - label_smoothing. Salimans et al. 2016, "Improved
    techniques for training GANs", section 3.4."""

    def real_loss(self, logits):
        return cross_entropy(logits, 1.0 - self.label_smoothing)

    def fake_loss(self, logits):
        return cross_entropy(logits, 0.0)

    def keras_losses(self):
        return KerasLosses(
            keras_cross_entropy, 1 - self.label_smoothing, 0, self.keras_generator_loss
        )

    @abstractmethod
    def keras_generator_loss(self, labels: Tensor, logits: Tensor) -> Tensor:
        """`generator_loss` as a Keras loss, (batch,)."""


def cross_entropy(logits: Tensor, label: float) -> Tensor:
    """-E [label log D + (1 - label) log(1 - D)].

    It is computed from logits, as -log D = softplus(-logit) and -log(1 - D) = softplus(logit),
    which neither overflows nor loses digits where D saturates.
    """
    return ops.mean(label * ops.softplus(-logits) + (1 - label) * ops.softplus(logits))


def keras_cross_entropy(labels: Tensor, logits: Tensor) -> Tensor:
    """Keras' own cross-entropy, (batch,)."""
    return keras.losses.binary_crossentropy(labels, logits, from_logits=True)
