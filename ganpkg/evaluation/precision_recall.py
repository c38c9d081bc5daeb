"""Precision and recall of two sets of features.

Kynkaanniemi et al. 2019, "Improved precision and recall metric for assessing generative
models", equation 2: a set's manifold is the union of balls around its points that reach to
the third nearest neighbour. Precision is the share of samples within the manifold of the
reals (quality), recall the share of reals within the manifold of the samples (variety). Even
two sets of one distribution do not reach 1, hence the control; single outliers can inflate
both.
"""

from ganpkg.evaluation.embedded import Embedded
from ganpkg.evaluation.neighbours import between


def precision_recall(reference: Embedded, samples: Embedded) -> dict:
    pairs = between(reference, samples)
    return {"precision": pairs.precise, "recall": pairs.recalled}
