"""The classifier score: how sure the classifier is of each sample, and how varied of all.

Salimans et al. 2016: exp of the mean KL(p(y|x) || p(y)), there under an Inception network, here
under our own classifier; from 1 to the number of classes.
"""

import numpy as np

from ganpkg.evaluation.embedded import Embedded
from ganpkg.evaluation.metric import HIGHER, Group, Number, metric


@metric(
    Number("classifier_score", "sure of each sample, varied over all: at most the classes", HIGHER),
    group=Group.CLASSES,
    order=2,
    paper="Salimans et al. 2016, Improved techniques for training GANs, section 4",
    blind="It knows no reference: one perfect image a class gets full marks, and so may noise of "
    "which the classifier is sure.",
)
def classifier_score(reference: Embedded, samples: Embedded) -> dict:
    from scipy.special import rel_entr

    if not samples.class_count:
        return {}
    each = samples.probabilities.astype(np.float64)
    information = rel_entr(each, each.mean(axis=0)).sum(axis=1).mean()
    return {"classifier_score": float(np.exp(information))}
