"""Which classes the samples belong to, by the classifier's judgement.

`class_kl` is KL(samples || reference) over the classes, in nats, as in Metz et al. 2017: 0 if the
shares are equal, about log(classes) if all samples fall into one of equally frequent classes. Half
a sample is added to every class of both sets (Krichevsky & Trofimov 1981), so that it stays finite
where a class happens to be missing in the reference. `classes_covered` counts the classes with at
least one sample.
"""

import numpy as np

from ganpkg.evaluation.embedded import Embedded
from ganpkg.evaluation.metric import AS_REAL, HIGHER, LOWER, Group, Level, Number, metric

MAX_SHARES = 20  # of more classes, the shares are not listed


@metric(
    Number("classes_covered", "classes with samples", HIGHER, Level.TABLE),
    Number(
        "class_kl", "divergence of the class shares, in nats", LOWER, Level.HEADLINE, control=True
    ),
    Number("class_share_*", "Shares of the classes", AS_REAL),
    group=Group.CLASSES,
    order=1,
    paper="Metz et al. 2017, Unrolled generative adversarial networks, section 3.3.1",
    blind="They see no difference within a class; wrong judgements of the classifier alone can "
    "raise classes_covered.",
)
def class_coverage(reference: Embedded, samples: Embedded) -> dict[str, float]:
    if not samples.class_count:
        return {}
    shares = class_shares(samples)
    numbers = {
        "class_kl": kl_divergence(class_counts(samples), class_counts(reference)),
        "classes_covered": float(np.count_nonzero(shares)),
    }
    if len(shares) <= MAX_SHARES:
        numbers |= {f"class_share_{number}": share for number, share in enumerate(shares)}
    return numbers


def class_shares(samples: Embedded) -> np.ndarray:
    """(classes,) the share of each class, summing to 1."""
    return class_counts(samples) / len(samples)


def class_counts(samples: Embedded) -> np.ndarray:
    """(classes,) how many samples each class has."""
    return np.bincount(samples.classes, minlength=samples.class_count)


def kl_divergence(samples: np.ndarray, reference: np.ndarray) -> float:
    """Of two arrays of counts, (classes,), each smoothed by half a sample a class."""
    from scipy.stats import entropy

    return float(entropy(samples + 0.5, reference + 0.5))
