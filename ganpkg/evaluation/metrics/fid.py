"""Fréchet distance between two sets of features.

In Heusel et al. 2017 the features are an Inception network's; here they are our own network's, so
the numbers compare with each other but not with published ones. Read it beside its control, which
has the same bias.
"""

from ganpkg.evaluation.embedded import Embedded
from ganpkg.evaluation.metric import LOWER, Group, Level, Number, metric


@metric(
    Number(
        "fid", "Fréchet distance of the features", LOWER, Level.HEADLINE, control=True, spread=True
    ),
    group=Group.DISTANCE,
    order=1,
    paper="Heusel et al. 2017, GANs trained by a two time-scale update rule, equation 6",
    blind="It sees means and covariances alone, and is biased upwards at few samples.",
)
def fid(reference: Embedded, samples: Embedded) -> dict[str, float]:
    from ganpkg.evaluation.frechet import Gaussian

    return {"fid": Gaussian(reference.features).distance(Gaussian(samples.features))}
