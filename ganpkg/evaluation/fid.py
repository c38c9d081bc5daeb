"""Fréchet distance between two sets of features.

Heusel et al. 2017, "GANs trained by a two time-scale update rule", equation 6. There the
features are an Inception network's; here they are our own network's, so the numbers
compare with each other but not with published ones. It sees means and covariances alone,
and is biased upwards at few samples: read it beside its control, which has the same bias.
"""

from ganpkg.evaluation.embedded import Embedded
from ganpkg.evaluation.frechet import Gaussian


def fid(reference: Embedded, samples: Embedded) -> dict[str, float]:
    return {"fid": Gaussian(reference.features).distance(Gaussian(samples.features))}
