"""How well the trained discriminator tells the samples from real data it never saw.

Goodfellow et al. 2014: against a perfect generator the best discriminator
answers 1/2 everywhere. For the control, the share of held-out reals that it takes for fakes
is the rate at which it would call perfect samples fake. A critic estimates a distance and says
of no single sample what it is.
"""

from ganpkg.evaluation.embedded import Embedded
from ganpkg.evaluation.metric import HALF, Group, Number, metric


@metric(
    Number("discriminator_accuracy_real", "reals, by the discriminator", HALF),
    Number("discriminator_accuracy_fake", "samples, by the discriminator", HALF),
    group=Group.TESTS,
    order=3,
    paper="Goodfellow et al. 2014, Generative adversarial nets, proposition 1",
    blind="They see what this one discriminator learned to see: a weak one calls all samples real.",
)
def discriminator_accuracy(reference: Embedded, samples: Embedded) -> dict[str, float]:
    """The shares of samples called fake, and of reference samples called real; none of a critic."""
    if samples.taken_for_real is None:
        return {}
    return {
        "discriminator_accuracy_fake": 1 - samples.taken_for_real.mean(),
        "discriminator_accuracy_real": reference.taken_for_real.mean(),
    }
