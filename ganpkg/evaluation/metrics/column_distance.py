"""The Kolmogorov-Smirnov distance between generated and real values, the largest over the columns.

For one column it is the largest difference between the shares of samples and of reals below any
value: 0 for equal distributions, 1 if no sample lies among the reals. It compares ranks, so that
outliers do not hide errors in all other values.
"""

from ganpkg.evaluation.description import LOWER, Group, Level, Number, metric
from ganpkg.evaluation.sample_set import SampleSet


@metric(
    Number(
        "column_distance", "Kolmogorov-Smirnov distance of the worst column", LOWER, Level.HEADLINE
    ),
    group=Group.DISTANCE,
    order=4,
    paper="Smirnov 1948, Table for estimating the goodness of fit of empirical distributions",
    blind_spot="It does not detect how columns depend on each other.",
)
def column_distance(reference: SampleSet, samples: SampleSet) -> dict[str, float]:
    from scipy.stats import ks_2samp

    if samples.rows is None:
        return {}
    pairs = zip(reference.rows.T, samples.rows.T)
    return {"column_distance": max(ks_2samp(*pair, method="asymp").statistic for pair in pairs)}
