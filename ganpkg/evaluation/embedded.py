"""Samples as the metrics see them: through the classifier and the discriminator."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ganpkg.labels import attached
from ganpkg.training.objectives import Objective

CHUNK = 10_000  # samples held as floats at a time


@dataclass(frozen=True, eq=False)
class Embedded:
    features: np.ndarray
    """(n, features) float64: the classifier's last hidden layer, or principal components."""
    probabilities: np.ndarray
    """(n, classes): what the classifier gives each class; (n, 0) where there are no labels."""
    taken_for_real: np.ndarray
    """(n,) the discriminator's answers, true or false; (0,) of a critic, which gives none."""
    labels: np.ndarray | None = None
    """(n,) the class of each real sample, or that which was asked for; None if none was."""

    @property
    def class_count(self) -> int:
        """How many classes there are; 0 where there are no labels."""
        return self.probabilities.shape[1]

    @property
    def classes(self) -> np.ndarray:
        """(n,) the likeliest class of each sample."""
        return self.probabilities.argmax(axis=1)


def embedding(classifier, discriminator, objective: Objective) -> Callable[..., Embedded]:
    """A function from samples, (n, *sample), and their labels, to what is seen of them.

    Args:
        objective: by which the discriminator was trained.
    """
    import keras

    from ganpkg.evaluation.classifier import scaled

    labelled = classifier.name == "classifier"
    outputs = [classifier.get_layer("features").output, *classifier.outputs]
    if labelled:
        outputs[1] = keras.layers.Softmax()(outputs[1])
    features_and_classes = keras.Model(classifier.inputs, outputs)

    def seen(samples: np.ndarray, labels: np.ndarray | None) -> tuple[np.ndarray, ...]:
        inputs = scaled(samples)
        features, classes = features_and_classes.predict(inputs, batch_size=500, verbose=0)
        if discriminator.input_shape[1:] != inputs.shape[1:]:  # it is told the classes
            inputs = attached(inputs, labels, classes.shape[1])
        logits = discriminator.predict(inputs, batch_size=500, verbose=0)[:, 0]
        answers = logits[: 0 if objective.critic else None] > objective.boundary
        return features.astype(np.float64), classes if labelled else classes[:, :0], answers

    def embed(samples: np.ndarray, labels: np.ndarray | None = None) -> Embedded:
        parts = [slice(start, start + CHUNK) for start in range(0, len(samples), CHUNK)]
        chunks = [seen(samples[p], None if labels is None else labels[p]) for p in parts]
        return Embedded(*map(np.concatenate, zip(*chunks)), labels if labelled else None)

    return embed
