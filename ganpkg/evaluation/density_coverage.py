"""Density and coverage of two sets of features.

Naeem et al. 2020, "Reliable fidelity and diversity metrics for generative models",
equations 3 and 4: around each real sample lies a ball that reaches to its fifth nearest
neighbour. Density is how many of the balls a sample lies in on average, divided by five; it
can exceed 1, and outliers do not inflate it as they do precision. Coverage is the share of
balls that hold a sample: two sets of one distribution reach 0.97. Neither sees copying.
"""

from ganpkg.evaluation.embedded import Embedded
from ganpkg.evaluation.neighbours import NEIGHBOURS, between, reaches


def density_coverage(reference: Embedded, samples: Embedded) -> dict[str, float]:
    within = between(reference, samples) <= reaches(reference)[:, -1:]
    return {
        "density": within.sum(axis=0).mean() / NEIGHBOURS,
        "coverage": within.any(axis=1).mean(),
    }
