"""Precision and recall of two sets of features.

The manifold of a set is the union of balls around its points, each reaching to the third nearest
neighbour. Precision is the share of samples inside the manifold of the reals (quality), recall the
share of reals inside the manifold of the samples (variety). Even two sets of the same distribution
do not reach 1, hence the control.

Recall does not measure quality: if the samples lie far apart, as noise does, their balls are so
large that they contain the reals (for uniform noise in the plane and a ring of Gaussians, recall is
0.95). `coverage` does not have this blind spot.
"""

from ganpkg.evaluation.description import AS_REAL, MIN_SAMPLES, Group, Level, Number, metric
from ganpkg.evaluation.neighbours import PRECISION_NEIGHBOURS, cross_distances, neighbour_distances
from ganpkg.evaluation.sample_set import SampleSet


@metric(
    Number(
        "precision", "share of samples among the reals", AS_REAL, Level.HEADLINE, control=True
    ),
    Number("recall", "share of reals among the samples; high for noise", AS_REAL, Level.TABLE),
    group=Group.QUALITY,
    order=1,
    paper="Kynkaanniemi et al. 2019, Improved precision and recall metric for assessing generative "
    "models, equation 2",
    blind_spot="Recall does not detect poor quality, so that noise can score high. Precision does "
    "not detect missing variety.",
    min_samples=2 * MIN_SAMPLES,
)  # fmt: skip
def precision_recall(reference: SampleSet, samples: SampleSet) -> dict[str, float]:
    distances, third = cross_distances(reference, samples), PRECISION_NEIGHBOURS - 1
    return {
        "precision": (distances <= neighbour_distances(reference)[:, third, None]).any(0).mean(),
        "recall": (distances <= neighbour_distances(samples)[:, third]).any(1).mean(),
    }
