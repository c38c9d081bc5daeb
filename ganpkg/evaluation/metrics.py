"""All metrics together.

A metric is a function of two `Embedded` sets of equal size, real reference samples and the
samples to be judged, each in random order (some metrics take parts). It returns named numbers;
where a number is a mean over samples, it returns what it is the mean of, from which its interval
is made.
"""

import numpy as np
from tqdm import tqdm

from ganpkg.datasets.dataset import Split
from ganpkg.datasets.table import Table
from ganpkg.evaluation.asked_class import asked_class
from ganpkg.evaluation.class_coverage import class_coverage
from ganpkg.evaluation.classifier_score import classifier_score
from ganpkg.evaluation.classifier_test import classifier_test
from ganpkg.evaluation.copying import Copying
from ganpkg.evaluation.density_coverage import density_coverage
from ganpkg.evaluation.discriminator_accuracy import discriminator_accuracy
from ganpkg.evaluation.embedded import Embedded, Embedding
from ganpkg.evaluation.fid import fid
from ganpkg.evaluation.kid import kid
from ganpkg.evaluation.modes import modes
from ganpkg.evaluation.nearest_neighbour_test import nearest_neighbour_test
from ganpkg.evaluation.precision_recall import precision_recall
from ganpkg.evaluation.sliced_wasserstein import sliced_wasserstein

METRICS = (
    fid,
    kid,
    precision_recall,
    density_coverage,
    class_coverage,
    classifier_score,
    asked_class,
    nearest_neighbour_test,
    classifier_test,
    discriminator_accuracy,
)


CLOSEST = 10  # pairs of a generated and a training sample


def judge_sets(
    sets: dict[str, Split],
    reals: Split,
    train: Split,
    embed: Embedding,
    data_table: Table | None,
) -> tuple[dict[str, dict], tuple[np.ndarray, ...]]:
    """Everything that is asked of sets of samples, `generated` and controls.

    Args:
        reals: as many as each of the sets has.
        data_table: what the samples are rows of, if they are.

    Returns:
        Set -> name -> value; and the generated samples that lie closest to training samples,
        these, and how far they are from each other.
    """
    reference = embed(*reals)
    copying = Copying(embed.features(train.samples), reference.features)
    values = {}
    for name, (samples, labels) in tqdm(sets.items(), "sets judged", disable=None):
        seen = embed(samples, labels)
        copied, distances, neighbours = copying(seen.features)
        values[name] = judge(reference, seen) | copied
        if data_table:
            values[name] |= judge_rows(reals.samples, samples, data_table)
        if name == "generated":
            which = np.argsort(distances, kind="stable")[:CLOSEST]
            closest = samples[which], train.samples[neighbours[which]], distances[which]
    return values, closest


def judge(reference: Embedded, samples: Embedded) -> dict:
    """Every metric of the samples: numbers, or arrays whose means they are."""
    return {name: value for metric in METRICS for name, value in metric(reference, samples).items()}


def judge_rows(reference: np.ndarray, rows: np.ndarray, table: Table) -> dict:
    """What only rows of a table, (n, columns), scaled as the networks see them, can be asked."""
    numbers = {"sliced_wasserstein": sliced_wasserstein(reference, rows)}
    if table.modes:
        centres = np.array(table.modes)
        numbers |= modes(table.restored(rows), centres, table.mode_deviation)
    return numbers
