"""Which classes the samples belong to, by the classifier's judgement.

KL(samples || reference) over the classes, in nats, as in Metz et al. 2017, "Unrolled GANs",
section 3.3.1: 0 if the shares are equal, log(classes) if all samples fall into one of
equally frequent classes. It sees no difference within a class. `classes_covered` counts the
classes with at least one sample, which wrong judgements alone can raise: hence its control.
"""

import numpy as np

from ganpkg.evaluation.embedded import Embedded

MOST_SHARES = 20  # of more classes, the shares are not listed


def class_coverage(reference: Embedded, samples: Embedded) -> dict[str, float]:
    if not samples.class_count:
        return {}
    shares = class_shares(samples)
    numbers = {
        "class_kl": kl_divergence(shares, class_shares(reference)),
        "classes_covered": np.count_nonzero(shares),
    }
    if len(shares) <= MOST_SHARES:
        numbers |= {f"class_share_{number}": share for number, share in enumerate(shares)}
    return numbers


def class_shares(samples: Embedded) -> np.ndarray:
    """(classes,) the share of each class, summing to 1."""
    return np.bincount(samples.classes, minlength=samples.class_count) / len(samples.classes)


def kl_divergence(p: np.ndarray, q: np.ndarray) -> float:
    """sum p log(p / q) in nats, with 0 log 0 = 0; infinite where q is 0 and p is not."""
    some = p > 0
    with np.errstate(divide="ignore"):
        return float(np.sum(p[some] * np.log(p[some] / q[some])))
