"""How well the trained discriminator distinguishes the samples from unseen real data.

Against a perfect generator the best discriminator answers 1/2 everywhere. The control shows the
share of held-out reals that the discriminator calls fake, the rate at which it would reject perfect
samples. A critic estimates a distance and does not classify single samples.
"""

from ganpkg.evaluation.description import HALF, Group, Number, metric
from ganpkg.evaluation.sample_set import SampleSet


@metric(
    Number("discriminator_accuracy_real", "the discriminator's accuracy on reals", HALF),
    Number("discriminator_accuracy_fake", "the discriminator's accuracy on samples", HALF),
    group=Group.TESTS,
    order=3,
    paper="Goodfellow et al. 2014, Generative adversarial nets, proposition 1",
    blind_spot="They detect only what this discriminator learned: a weak one accepts all samples.",
)
def discriminator_accuracy(reference: SampleSet, samples: SampleSet) -> dict[str, float]:
    if samples.decisions is None:
        return {}
    return {
        "discriminator_accuracy_fake": 1 - samples.decisions.mean(),
        "discriminator_accuracy_real": reference.decisions.mean(),
    }
