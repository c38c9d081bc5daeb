"""The quality of generated samples: a metric a file, each beside its control.

A metric is a function of two `Embedded` sets of equal size, real reference samples and the
samples to be judged, that returns named numbers. Its control is the same function of real
samples against real samples, held out from training both: the best that can be had.
"""

import numpy as np

from ganpkg.datasets.table import Table
from ganpkg.evaluation.asked_class import asked_class
from ganpkg.evaluation.class_coverage import class_coverage
from ganpkg.evaluation.discriminator_accuracy import discriminator_accuracy
from ganpkg.evaluation.embedded import Embedded
from ganpkg.evaluation.fid import fid
from ganpkg.evaluation.kid import kid
from ganpkg.evaluation.modes import modes
from ganpkg.evaluation.parzen import parzen
from ganpkg.evaluation.precision_recall import precision_recall

METRICS = (fid, kid, precision_recall, class_coverage, asked_class, discriminator_accuracy)
__all__ = ["evaluate", "evaluate_rows", "parzen"]


def evaluate(generated: Embedded, test: Embedded, valid: Embedded) -> dict[str, float]:
    """Every metric of `generated` against `test` and, as `<name>_control`, `test` against `valid`.

    All three sets hold equally many samples, on which the metrics' biases depend.
    """
    numbers = {}
    for metric in METRICS:
        control = metric(valid, test)
        for name, value in metric(test, generated).items():
            numbers |= {name: float(value), f"{name}_control": float(control[name])}
    return numbers


def evaluate_rows(generated: np.ndarray, test: np.ndarray, table: Table) -> dict[str, float]:
    """What only rows of a table can be asked, and only if the modes of the data are known.

    Args:
        generated, test: (n, columns), scaled as the networks see them.
    """
    if not table.modes:
        return {}
    found, control = (
        modes(table.restored(rows), np.array(table.modes), table.mode_deviation)
        for rows in (generated, test)
    )
    return {**found, **{f"{name}_control": value for name, value in control.items()}}
