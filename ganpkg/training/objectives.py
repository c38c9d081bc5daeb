"""What each player minimises, as pure functions of the discriminator's outputs.

The outputs are called logits throughout, though only the cross-entropies read them as
D(x) = sigmoid(logit); elsewhere they are the discriminator's (or critic's) values as such.
Cross-entropies are exact in logits, so that they neither overflow nor lose digits where D
saturates: -log D = softplus(-logit) and -log(1 - D) = softplus(logit).
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from keras import ops

Tensor = Any


class Objective(NamedTuple):
    """The losses of a GAN. Each maps logits of shape (batch, 1) to a scalar."""

    name: str
    real: Callable[[Tensor], Tensor]
    """The discriminator's loss on logits of real samples."""
    fake: Callable[[Tensor], Tensor]
    """The discriminator's loss on logits of generated samples."""
    generator: Callable[[Tensor], Tensor]
    """The generator's loss on the discriminator's logits of generated samples."""
    boundary: float = 0.0
    """Logits above it count as "real" in accuracies."""
    critic: bool = False
    """Whether the logits estimate a distance and know no boundary, so that accuracies mean
    nothing."""
    real_label: float = 1.0
    """1, or less with one-sided label smoothing."""
    gradient_penalty: float = 0.0
    """The weight of `gradient_penalty`, which needs reals and fakes in one step."""
    r1: float = 0.0
    """The weight of `r1_penalty`."""


def cross_entropy(logits: Tensor, label: float) -> Tensor:
    """-E [label log D + (1 - label) log(1 - D)].

    With label 1 on reals and 0 on fakes, Goodfellow et al. 2014, equation 1. A label below 1
    on the reals alone is one-sided label smoothing: Salimans et al. 2016, "Improved
    techniques for training GANs", section 3.4.
    """
    return ops.mean(label * ops.softplus(-logits) + (1 - label) * ops.softplus(logits))


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


def maximum_likelihood_generator(logits: Tensor) -> Tensor:
    """-1/2 E exp(sigmoid^-1(D(G(z)))), Goodfellow 2016, section 3.2.4, equation 14.

    In expectation its gradient is that of maximum likelihood if the discriminator is optimal.
    Few samples carry nearly all of it, so its variance is high.
    """
    return -0.5 * ops.mean(ops.exp(logits))


def squares(logits: Tensor, label: float) -> Tensor:
    """1/2 E (D - label)^2, with labels 1 for real and 0 for fake: Mao et al. 2017, "Least
    squares GANs", equation 9. The generator's label for its samples is 1."""
    return 0.5 * ops.mean(ops.square(logits - label))


def hinge_real(logits: Tensor) -> Tensor:
    """E max(0, 1 - D(x)): Miyato et al. 2018, "Spectral normalization", equation 16."""
    return ops.mean(ops.relu(1 - logits))


def hinge_fake(logits: Tensor) -> Tensor:
    """E max(0, 1 + D(G(z))): Miyato et al. 2018, equation 16."""
    return ops.mean(ops.relu(1 + logits))


def raising(logits: Tensor) -> Tensor:
    """-E f: a critic's loss on reals, and the generator's on its samples.

    Arjovsky et al. 2017, "Wasserstein GAN", algorithm 1; the generator of the hinge loss,
    too (Miyato et al. 2018, equation 17).
    """
    return -ops.mean(logits)


def lowering(logits: Tensor) -> Tensor:
    """E f: a critic's loss on generated samples (Arjovsky et al. 2017, algorithm 1)."""
    return ops.mean(logits)


def gradient_penalty(gradients: Tensor) -> Tensor:
    """E (|grad f| - 1)^2 over points between reals and fakes, of which the critic's
    gradients are given, (batch, *sample): Gulrajani et al. 2017, "Improved training of
    Wasserstein GANs", equation 3. The paper's weight is 10."""
    # Where a gradient vanishes, the root's slope would be infinite.
    norms = ops.sqrt(_squared_norms(gradients) + 1e-12)
    return ops.mean(ops.square(norms - 1))


def r1_penalty(gradients: Tensor) -> Tensor:
    """1/2 E |grad D|^2 over reals, of which the gradients are given, (batch, *sample):
    Mescheder et al. 2018, "Which training methods for GANs do actually converge?",
    equation 9. The paper's weight is 10."""
    return 0.5 * ops.mean(_squared_norms(gradients))


def _squared_norms(gradients: Tensor) -> Tensor:
    return ops.sum(ops.square(gradients), axis=tuple(range(1, len(gradients.shape))))


CROSS_ENTROPY = partial(cross_entropy, label=1.0), partial(cross_entropy, label=0.0)
CRITIC = raising, lowering, raising
OBJECTIVES = {
    objective.name: objective
    for objective in (
        Objective("non_saturating", *CROSS_ENTROPY, non_saturating_generator),
        Objective("minimax", *CROSS_ENTROPY, minimax_generator),
        Objective("maximum_likelihood", *CROSS_ENTROPY, maximum_likelihood_generator),
        Objective(
            "least_squares",
            *(partial(squares, label=label) for label in (1.0, 0.0, 1.0)),
            boundary=0.5,
        ),
        Objective("hinge", hinge_real, hinge_fake, raising),
        Objective("wasserstein", *CRITIC, critic=True),
        Objective("wasserstein_gp", *CRITIC, critic=True),
    )
}


def build(params) -> Objective:
    """The objective that params.yaml describes."""
    objective = OBJECTIVES[params.objective]
    if params.label_smoothing:
        label = 1.0 - params.label_smoothing
        loss = squares if objective.name == "least_squares" else cross_entropy
        objective = objective._replace(real=partial(loss, label=label), real_label=label)
    if objective.name == "wasserstein_gp":
        objective = objective._replace(gradient_penalty=params.gradient_penalty)
    return objective._replace(r1=params.r1)
