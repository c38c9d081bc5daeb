"""What each player minimises, as pure functions of the discriminator's logits.

With D(x) = sigmoid(logit), every loss below is exact in logits, so that it neither
overflows nor loses digits where D saturates: -log D = softplus(-logit) and
-log(1 - D) = softplus(logit).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from keras import ops

Tensor = Any


class Objective(NamedTuple):
    """The three losses of a GAN. Each maps logits of shape (batch, 1) to a scalar."""

    real: Callable[[Tensor], Tensor]
    """The discriminator's loss on logits of real samples."""
    fake: Callable[[Tensor], Tensor]
    """The discriminator's loss on logits of generated samples."""
    generator: Callable[[Tensor], Tensor]
    """The generator's loss on the discriminator's logits of generated samples."""


def cross_entropy_real(logits: Tensor) -> Tensor:
    """-E log D(x): binary cross-entropy with label 1."""
    return ops.mean(ops.softplus(-logits))


def cross_entropy_fake(logits: Tensor) -> Tensor:
    """-E log(1 - D(G(z))): binary cross-entropy with label 0."""
    return ops.mean(ops.softplus(logits))


def minimax_generator(logits: Tensor) -> Tensor:
    """E log(1 - D(G(z))), Goodfellow et al. 2014, equation 1.

    Its gradient with respect to the logit is -D(G(z)), which vanishes while the
    discriminator rejects the samples with confidence: the loss saturates.
    """
    return -ops.mean(ops.softplus(logits))


def non_saturating_generator(logits: Tensor) -> Tensor:
    """-E log D(G(z)), Goodfellow et al. 2014, end of section 3: "the -log D trick".

    Its gradient with respect to the logit is -(1 - D(G(z))): strongest where the
    discriminator rejects the samples.
    """
    return ops.mean(ops.softplus(-logits))


OBJECTIVES = {
    "non_saturating": Objective(cross_entropy_real, cross_entropy_fake, non_saturating_generator),
    "minimax": Objective(cross_entropy_real, cross_entropy_fake, minimax_generator),
}
