"""How often a conditional generator makes what it is asked for, by the classifier's judgement.

Its control is the classifier's accuracy on as many real samples. It sees nothing of variety: one
good image a class gets full marks.
"""

from ganpkg.evaluation.embedded import Embedded


def asked_class(reference: Embedded, samples: Embedded) -> dict[str, float]:
    if samples.labels is None:
        return {}
    return {"asked_class_accuracy": (samples.classes == samples.labels).mean()}
