"""Samples as the metrics see them: through the classifier and the discriminator."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ganpkg.labels import attached


class Embedded(NamedTuple):
    features: np.ndarray
    """(n, features) float64: the classifier's last hidden layer, or principal components."""
    classes: np.ndarray
    """(n,) the class that the classifier gives each sample; 0 where there are no labels."""
    class_count: int
    """How many classes there are; 0 where there are no labels."""
    logits: np.ndarray
    """(n,) the discriminator's logits."""
    labels: np.ndarray | None = None
    """(n,) the class of each real sample, or that which was asked for; None if none was."""


def embedding(classifier, discriminator) -> Callable[..., Embedded]:
    """A function from samples, (n, *sample), and their labels, to what is seen of them."""
    import keras

    from ganpkg.evaluation.classifier import scaled

    outputs = [classifier.get_layer("features").output, *classifier.outputs]
    features_and_classes = keras.Model(classifier.inputs, outputs)
    labelled = classifier.name == "classifier"

    def embed(samples: np.ndarray, labels: np.ndarray | None = None) -> Embedded:
        inputs = scaled(samples)
        features, classes = features_and_classes.predict(inputs, batch_size=500, verbose=0)
        if discriminator.input_shape[1:] != inputs.shape[1:]:  # it is told the classes
            inputs = attached(inputs, labels, classes.shape[1])
        logits = discriminator.predict(inputs, batch_size=500, verbose=0)
        return Embedded(
            features.astype(np.float64),
            classes.argmax(axis=1) if labelled else np.zeros(len(samples), int),
            classes.shape[1] if labelled else 0,
            logits[:, 0],
            labels if labelled else None,
        )

    return embed
