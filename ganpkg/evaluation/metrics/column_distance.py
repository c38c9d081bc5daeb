"""How much a table's columns differ, each by itself.

`column_distance` is the greatest Kolmogorov-Smirnov distance among the columns: the largest
difference between the shares of samples and of reals that lie below any value; 0 if all columns
have the same distribution, 1 if in one of them no sample lies among the reals. It compares ranks,
so that outliers do not hide what is wrong with all other values.
"""

from ganpkg.evaluation.embedded import Embedded
from ganpkg.evaluation.metric import LOWER, Group, Level, Number, metric


@metric(
    Number(
        "column_distance", "Kolmogorov-Smirnov distance of the worst column", LOWER, Level.HEADLINE
    ),
    group=Group.DISTANCE,
    order=4,
    paper="Smirnov 1948, Table for estimating the goodness of fit of empirical distributions",
    blind="It does not see how columns depend on each other.",
)
def column_distance(reference: Embedded, samples: Embedded) -> dict[str, float]:
    from scipy.stats import ks_2samp

    if samples.rows is None:
        return {}
    pairs = zip(reference.rows.T, samples.rows.T)
    return {"column_distance": float(max(ks_2samp(*p, method="asymp").statistic for p in pairs))}
