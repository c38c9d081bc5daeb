"""Density and coverage of two sets of features.

Each real sample has a ball that reaches to its fifth nearest neighbour. Density is the mean number
of balls in which a sample lies, divided by five; it can exceed 1, and unlike precision it is not
inflated by outliers. Coverage is the share of balls that contain a sample; two sets of the same
distribution reach 0.97.
"""

from ganpkg.evaluation.description import AS_REAL, MIN_SAMPLES, Group, Level, Number, metric
from ganpkg.evaluation.neighbours import NEIGHBOURS, cross_distances, neighbour_distances
from ganpkg.evaluation.sample_set import SampleSet


@metric(
    Number("density", "how densely the reals surround a sample", AS_REAL, Level.TABLE),
    Number(
        "coverage", "share of reals with a sample nearby", AS_REAL, Level.HEADLINE, control=True
    ),
    group=Group.QUALITY,
    order=2,
    paper="Naeem et al. 2020, Reliable fidelity and diversity metrics for generative models, "
    "equations 3 and 4",
    blind_spot="Density does not detect missing variety; neither detects copying.",
    min_samples=2 * MIN_SAMPLES,
)
def density_coverage(reference: SampleSet, samples: SampleSet) -> dict[str, float]:
    inside = cross_distances(reference, samples) <= neighbour_distances(reference)[:, -1:]
    return {
        "density": inside.sum(axis=0).mean() / NEIGHBOURS,
        "coverage": inside.any(axis=1).mean(),
    }
