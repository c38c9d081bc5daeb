"""The Inception score with our own classifier: exp of the mean KL(p(y|x) || p(y)).

It is high if the classifier is sure of each sample and all classes occur; it ranges from 1 to the
number of classes.
"""

import numpy as np

from ganpkg.evaluation.description import HIGHER, Group, Number, metric
from ganpkg.evaluation.sample_set import SampleSet


@metric(
    Number(
        "classifier_score", "Inception score of our classifier: at most the number of classes",
        HIGHER,
    ),
    group=Group.CLASSES,
    order=2,
    paper="Salimans et al. 2016, Improved techniques for training GANs, section 4",
    blind_spot="It ignores the real data: one perfect image per class gets full marks, and so does "
    "noise of which the classifier is sure.",
)  # fmt: skip
def classifier_score(reference: SampleSet, samples: SampleSet) -> dict[str, float]:
    from scipy.special import rel_entr

    if not samples.class_count:
        return {}
    probabilities = samples.probabilities.astype(np.float64)
    divergences = rel_entr(probabilities, probabilities.mean(axis=0)).sum(axis=1)
    return {"classifier_score": np.exp(divergences.mean())}
