"""Samples as the metrics see them: through the classifier and the discriminator."""

from collections.abc import Iterator
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


class Embedding:
    """What is seen of samples, (n, *sample).

    Args:
        objective: by which the discriminator was trained.
    """

    def __init__(self, classifier, discriminator, objective: Objective):
        import keras

        self.discriminator, self.objective = discriminator, objective
        self.labelled = classifier.name == "classifier"
        outputs = [classifier.get_layer("features").output, *classifier.outputs]
        if self.labelled:
            outputs[1] = keras.layers.Softmax()(outputs[1])
        self.classifier = keras.Model(classifier.inputs, outputs)

    def features(self, samples: np.ndarray) -> np.ndarray:
        """(n, features) float64."""
        return np.concatenate([self._classified(inputs)[0] for inputs, _ in _parts(samples)])

    def __call__(self, samples: np.ndarray, labels: np.ndarray | None = None) -> Embedded:
        seen = [self._seen(*part) for part in _parts(samples, labels)]
        return Embedded(*map(np.concatenate, zip(*seen)), labels if self.labelled else None)

    def _seen(self, inputs: np.ndarray, labels: np.ndarray | None) -> tuple[np.ndarray, ...]:
        features, classes = self._classified(inputs)
        if self.discriminator.input_shape[1:] != inputs.shape[1:]:  # it is told the classes
            inputs = attached(inputs, labels, classes.shape[1])
        logits = self.discriminator.predict(inputs, batch_size=500, verbose=0)[:, 0]
        answers = logits[: 0 if self.objective.critic else None] > self.objective.boundary
        return features, classes if self.labelled else classes[:, :0], answers

    def _classified(self, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        features, classes = self.classifier.predict(inputs, batch_size=500, verbose=0)
        return features.astype(np.float64), classes


def _parts(samples: np.ndarray, labels: np.ndarray | None = None) -> Iterator[tuple]:
    """Some samples after others, as the networks see them, and their labels."""
    from ganpkg.evaluation.classifier import scaled

    for start in range(0, len(samples), CHUNK):
        part = slice(start, start + CHUNK)
        yield scaled(samples[part]), None if labels is None else labels[part]
