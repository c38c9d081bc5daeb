"""The leave-one-out 1-nearest-neighbour two-sample test.

Each sample of both sets together is classified as real or fake by its nearest neighbour (Lopez-Paz
& Oquab 2017). If the distributions are equal, the accuracy is 0.5. The accuracies on reals and on
fakes say more than their mean. On reals it is low if the samples lie among the reals or in the
middle of them; on fakes it is high if the samples lie close together, as after mode collapse.
"""

from ganpkg.evaluation.description import HALF, Group, Number, metric
from ganpkg.evaluation.neighbours import cross_distances, neighbour_distances
from ganpkg.evaluation.sample_set import SampleSet


@metric(
    Number("neighbour_accuracy_real", "nearest-neighbour accuracy on reals", HALF),
    Number("neighbour_accuracy_fake", "nearest-neighbour accuracy on samples", HALF),
    group=Group.TESTS,
    order=2,
    paper="Xu et al. 2018, An empirical study on evaluation metrics of generative adversarial "
    "networks, section 3",
    blind_spot="They do not detect copies of the train split.",
)
def nearest_neighbour_test(reference: SampleSet, samples: SampleSet) -> dict[str, float]:
    distances = cross_distances(reference, samples)
    real, fake = neighbour_distances(reference)[:, 0], neighbour_distances(samples)[:, 0]
    return {
        "neighbour_accuracy_real": (real < distances.min(axis=1)).mean(),
        "neighbour_accuracy_fake": (fake < distances.min(axis=0)).mean(),
    }
