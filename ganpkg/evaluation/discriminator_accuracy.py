"""How well the trained discriminator tells the samples from real data it never saw.

Goodfellow et al. 2014, proposition 1: against a perfect generator the best discriminator
answers 1/2 everywhere. For the control, the share of held-out reals that it takes for fakes
is the rate at which it would call perfect samples fake.
"""

from ganpkg.evaluation.embedded import Embedded


def discriminator_accuracy(reference: Embedded, samples: Embedded) -> dict:
    """The shares of samples called fake, and of reference samples called real."""
    return {
        "discriminator_accuracy_fake": samples.logits <= 0,
        "discriminator_accuracy_real": reference.logits > 0,
    }
