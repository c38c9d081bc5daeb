"""Density and coverage of two sets of features.

Naeem et al. 2020: around each real sample lies a ball that reaches to its fifth nearest
neighbour. Density is how many of the balls a sample lies in on average, divided by five; it
can exceed 1, and outliers do not inflate it as they do precision. Coverage is the share of
balls that hold a sample: two sets of one distribution reach 0.97.
"""

from ganpkg.evaluation.embedded import Embedded
from ganpkg.evaluation.metric import AS_REAL, MIN_SAMPLES, Group, Level, Number, metric
from ganpkg.evaluation.neighbours import NEIGHBOURS, between, reaches


@metric(
    Number("density", "how densely the reals lie around a sample", AS_REAL, Level.TABLE),
    Number(
        "coverage", "share of reals with a sample nearby", AS_REAL, Level.HEADLINE, control=True
    ),
    group=Group.QUALITY,
    order=2,
    paper="Naeem et al. 2020, Reliable fidelity and diversity metrics for generative models, "
    "equations 3 and 4",
    blind="Density does not see variety; neither sees copying.",
    min_samples=2 * MIN_SAMPLES,
)
def density_coverage(reference: Embedded, samples: Embedded) -> dict[str, float]:
    within = between(reference, samples) <= reaches(reference)[:, -1:]
    return {
        "density": within.sum(axis=0).mean() / NEIGHBOURS,
        "coverage": within.any(axis=1).mean(),
    }
