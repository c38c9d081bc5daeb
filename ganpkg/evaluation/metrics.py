"""All metrics together.

A metric is a function of two `Embedded` sets of equal size, real reference samples and the
samples to be judged, each in random order (some metrics take parts). It returns named numbers, or
none where it does not apply. With fewer samples than stand beside it below, a metric does not
notice noise, shifted data or missing classes reliably, and is left out.
"""

import numpy as np
from tqdm import tqdm

from ganpkg.evaluation.asked_class import asked_class
from ganpkg.evaluation.class_coverage import class_coverage
from ganpkg.evaluation.classifier_score import classifier_score
from ganpkg.evaluation.classifier_test import classifier_test
from ganpkg.evaluation.columns import column_distance
from ganpkg.evaluation.controls import DRAWS, LEAST, Pools
from ganpkg.evaluation.copying import Copying
from ganpkg.evaluation.density_coverage import density_coverage
from ganpkg.evaluation.discriminator_accuracy import discriminator_accuracy
from ganpkg.evaluation.embedded import Embedded
from ganpkg.evaluation.fid import fid
from ganpkg.evaluation.kid import kid
from ganpkg.evaluation.modes import modes
from ganpkg.evaluation.nearest_neighbour_test import nearest_neighbour_test
from ganpkg.evaluation.precision_recall import precision_recall
from ganpkg.evaluation.sliced_wasserstein import sliced_wasserstein

METRICS = {
    fid: LEAST,
    kid: LEAST,
    precision_recall: 2 * LEAST,
    density_coverage: 2 * LEAST,
    class_coverage: LEAST,
    classifier_score: LEAST,
    asked_class: LEAST,
    nearest_neighbour_test: LEAST,
    classifier_test: 2 * LEAST,
    discriminator_accuracy: LEAST,
    column_distance: LEAST,
    sliced_wasserstein: LEAST,
    modes: LEAST,
}
CLOSEST = 10  # pairs of a generated and a training sample


def judge(reference: Embedded, samples: Embedded) -> dict[str, float]:
    """Every metric of the samples that has enough of them."""
    return {
        name: float(value)
        for metric, least in METRICS.items()
        if len(samples) >= least
        for name, value in metric(reference, samples).items()
    }


def left_out(count: int) -> dict[str, int]:
    """The metrics that so many samples are too few for, and how many would do."""
    return {metric.__name__: least for metric, least in METRICS.items() if count < least}


def judge_draws(pools: Pools, copying: Copying) -> dict[str, dict[str, list[float]]]:
    """Set -> name -> the numbers of the draws."""
    values: dict[str, dict[str, list[float]]] = {}
    for sets in tqdm(pools.draws(), "draws judged", DRAWS, disable=None):
        for of, (reference, samples) in sets.items():
            held_out, seen = (copying.look(part.features) for part in (reference, samples))
            found = judge(reference, samples) | copying.compare(held_out, seen)
            for name, value in found.items():
                values.setdefault(of, {}).setdefault(name, []).append(value)
    return values


def closest_pairs(pools: Pools, copying: Copying) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The generated samples closest to training samples: their numbers among those of the pool,
    the training samples' numbers, and the distances between their features."""
    seen = copying.look(pools.generated.features)
    which = np.argsort(seen.first, kind="stable")[:CLOSEST]
    return which, seen.nearest[which], seen.first[which]
