"""The leave-one-out 1-nearest-neighbour two-sample test.

Lopez-Paz & Oquab 2017; Xu et al. 2018: each sample of both sets together is called real or
fake after its nearest neighbour. Of equal distributions half are called rightly. Apart, the
accuracies tell more: low on reals says that samples are where the reals are (or sit in their
middle), high on fakes that they lie close to each other, as after a collapse.
"""

from ganpkg.evaluation.embedded import Embedded
from ganpkg.evaluation.metric import HALF, Group, Number, metric
from ganpkg.evaluation.neighbours import between, reaches


@metric(
    Number("neighbour_accuracy_real", "reals, by their nearest neighbour", HALF),
    Number("neighbour_accuracy_fake", "samples, by their nearest neighbour", HALF),
    group=Group.TESTS,
    order=2,
    paper="Xu et al. 2018, An empirical study on evaluation metrics of generative adversarial "
    "networks, section 3",
    blind="They see no copying of the train split.",
)
def nearest_neighbour_test(reference: Embedded, samples: Embedded) -> dict[str, float]:
    distances = between(reference, samples)
    return {
        "neighbour_accuracy_real": (reaches(reference)[:, 0] < distances.min(axis=1)).mean(),
        "neighbour_accuracy_fake": (reaches(samples)[:, 0] < distances.min(axis=0)).mean(),
    }
