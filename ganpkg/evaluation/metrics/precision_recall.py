"""Precision and recall of two sets of features.

Kynkaanniemi et al. 2019: a set's manifold is the union of balls around its points that reach to
the third nearest neighbour. Precision is the share of samples within the manifold of the
reals (quality), recall the share of reals within the manifold of the samples (variety). Even
two sets of one distribution do not reach 1, hence the control.

Recall does not see quality: where samples lie far apart from each other, as noise does, their balls
are so large that the reals lie within them (points of uniform noise in the plane have a recall of
0.95 of a ring of Gaussians). `coverage` has no such blind spot.
"""

from ganpkg.evaluation.embedded import Embedded
from ganpkg.evaluation.metric import AS_REAL, MIN_SAMPLES, Group, Level, Number, metric
from ganpkg.evaluation.neighbours import NEIGHBOURS_OF_PRECISION, between, reaches


@metric(
    Number(
        "precision", "share of samples that lie among the reals", AS_REAL, Level.HEADLINE,
        control=True,
    ),
    Number(
        "recall", "share of reals that lie among the samples; blind to noise", AS_REAL, Level.TABLE
    ),
    group=Group.QUALITY,
    order=1,
    paper="Kynkaanniemi et al. 2019, Improved precision and recall metric for assessing generative "
    "models, equation 2",
    blind="Recall does not see quality: noise can have a high one. Precision does not see variety.",
    min_samples=2 * MIN_SAMPLES,
)  # fmt: skip
def precision_recall(reference: Embedded, samples: Embedded) -> dict[str, float]:
    distances, third = between(reference, samples), NEIGHBOURS_OF_PRECISION - 1
    return {
        "precision": (distances <= reaches(reference)[:, third, None]).any(axis=0).mean(),
        "recall": (distances <= reaches(samples)[:, third]).any(axis=1).mean(),
    }
