"""The Fréchet distance between two sets of features.

The paper uses the features of an Inception network. Ours come from our own network, so compare the
numbers with each other and not with published ones. The real control has the same bias.
"""

from ganpkg.evaluation.description import LOWER, Group, Level, Number, metric
from ganpkg.evaluation.sample_set import SampleSet


@metric(
    Number(
        "fid", "Fréchet distance of the features", LOWER, Level.HEADLINE, control=True, spread=True
    ),
    group=Group.DISTANCE,
    order=1,
    paper="Heusel et al. 2017, GANs trained by a two time-scale update rule, equation 6",
    blind_spot="It compares only means and covariances, and is biased upwards for few samples.",
)
def fid(reference: SampleSet, samples: SampleSet) -> dict[str, float]:
    from ganpkg.evaluation.frechet import Gaussian

    return {"fid": Gaussian.fit(reference.features).distance(Gaussian.fit(samples.features))}
