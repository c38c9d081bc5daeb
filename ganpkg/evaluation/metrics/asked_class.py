"""How often a conditional generator makes the requested class, according to the classifier.

The control is the classifier's accuracy on the same number of real samples.
"""

from ganpkg.evaluation.description import HIGHER, Group, Level, Number, metric
from ganpkg.evaluation.sample_set import SampleSet


@metric(
    Number(
        "asked_class_accuracy", "share of samples of the requested class", HIGHER, Level.HEADLINE,
        control=True,
    ),
    group=Group.CLASSES,
    order=3,
    paper="Shmelkov et al. 2018, How good is my GAN?, where it is called GAN-test",
    blind_spot="It does not detect missing variety: one good image per class gets full marks.",
)  # fmt: skip
def asked_class(reference: SampleSet, samples: SampleSet) -> dict[str, float]:
    if samples.labels is None:
        return {}
    return {"asked_class_accuracy": (samples.predicted_classes == samples.labels).mean()}
