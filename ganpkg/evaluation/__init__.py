"""The quality of generated samples: a metric a file, each beside its control.

A metric is a function of two `Embedded` sets of equal size, real reference samples and the
samples to be judged, that returns named numbers. Its control is the same function of real
samples against real samples, held out from training both: the best that can be had.
"""

from ganpkg.evaluation.class_coverage import class_coverage
from ganpkg.evaluation.discriminator_accuracy import discriminator_accuracy
from ganpkg.evaluation.embedded import Embedded
from ganpkg.evaluation.fid import fid
from ganpkg.evaluation.kid import kid
from ganpkg.evaluation.precision_recall import precision_recall

METRICS = (fid, kid, precision_recall, class_coverage, discriminator_accuracy)


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
