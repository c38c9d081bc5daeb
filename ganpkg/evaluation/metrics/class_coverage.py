"""The class distribution of the samples, according to the classifier.

`class_kl` is KL(samples || reference) over the classes, in nats: 0 if the shares are equal, about
log(classes) if all samples fall into one of equally frequent classes. Half a sample is added to
each class of both sets (Krichevsky & Trofimov 1981), so that the divergence stays finite if a class
is missing in the reference. `classes_covered` is the number of classes with at least one sample.
"""

import numpy as np

from ganpkg.evaluation.description import AS_REAL, HIGHER, LOWER, Group, Level, Number, metric
from ganpkg.evaluation.sample_set import SampleSet

MAX_SHARES = 20  # with more classes, the shares are not listed


@metric(
    Number("classes_covered", "classes with samples", HIGHER, Level.TABLE),
    Number(
        "class_kl", "divergence of the class shares, in nats", LOWER, Level.HEADLINE, control=True
    ),
    Number("class_share_*", "Shares of the classes", AS_REAL),
    group=Group.CLASSES,
    order=1,
    paper="Metz et al. 2017, Unrolled generative adversarial networks, section 3.3.1",
    blind_spot="They do not detect differences within a class, and errors of the classifier alone "
    "can raise classes_covered.",
)
def class_coverage(reference: SampleSet, samples: SampleSet) -> dict[str, float]:
    if not samples.class_count:
        return {}
    real, generated = (
        np.bincount(part.predicted_classes, minlength=samples.class_count)
        for part in (reference, samples)
    )
    numbers = {
        "class_kl": kl_divergence(generated, real),
        "classes_covered": np.count_nonzero(generated),
    }
    if len(generated) <= MAX_SHARES:
        numbers |= {f"class_share_{i}": count / len(samples) for i, count in enumerate(generated)}
    return numbers


def kl_divergence(samples: np.ndarray, reference: np.ndarray) -> float:
    """The divergence of two arrays of counts, (classes,), smoothed by half a sample per class."""
    from scipy.stats import entropy

    return float(entropy(samples + 0.5, reference + 0.5))
