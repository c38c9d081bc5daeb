"""How often a conditional generator makes what it is asked for, by the classifier's judgement.

Its control is the classifier's accuracy on as many real samples.
"""

from ganpkg.evaluation.embedded import Embedded
from ganpkg.evaluation.metric import HIGHER, Group, Level, Number, metric


@metric(
    Number(
        "asked_class_accuracy", "share of samples of the class that was asked for", HIGHER,
        Level.HEADLINE, control=True,
    ),
    group=Group.CLASSES,
    order=3,
    paper="Shmelkov et al. 2018, How good is my GAN?, there GAN-test",
    blind="It sees nothing of variety: one good image a class gets full marks.",
)  # fmt: skip
def asked_class(reference: Embedded, samples: Embedded) -> dict[str, float]:
    if samples.labels is None:
        return {}
    return {"asked_class_accuracy": (samples.classes == samples.labels).mean()}
