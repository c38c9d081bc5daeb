"""How much a table's columns differ, each by itself.

`column_distance` is the greatest Kolmogorov-Smirnov distance among the columns: the largest
difference between the shares of samples and of reals that lie below any value; 0 if all columns
have the same distribution, 1 if in one of them no sample lies among the reals. It compares ranks,
so that outliers do not hide what is wrong with all other values. It does not see how columns hang
together.
"""

from scipy.stats import ks_2samp

from ganpkg.evaluation.embedded import Embedded


def column_distance(reference: Embedded, samples: Embedded) -> dict[str, float]:
    if samples.rows is None:
        return {}
    pairs = zip(reference.rows.T, samples.rows.T)
    return {"column_distance": float(max(ks_2samp(*p, method="asymp").statistic for p in pairs))}
