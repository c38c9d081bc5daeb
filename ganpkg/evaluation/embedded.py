"""Samples as the metrics see them: through the classifier and the discriminator."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Embedded(NamedTuple):
    features: np.ndarray
    """(n, features) float64: the classifier's last hidden layer, or principal components."""
    classes: np.ndarray
    """(n,) the class that the classifier gives each sample; 0 where there are no labels."""
    class_count: int
    """How many classes there are; 0 where there are no labels."""
    logits: np.ndarray
    """(n,) the discriminator's logits."""


def embedding(classifier, discriminator) -> Callable[[np.ndarray], Embedded]:
    """A function from samples, (n, height, width, channels) uint8, to what is seen of them."""
    import keras

    outputs = [classifier.get_layer("features").output, *classifier.outputs]
    features_and_classes = keras.Model(classifier.inputs, outputs)
    labelled = classifier.name == "classifier"

    def embed(samples: np.ndarray) -> Embedded:
        scaled = samples.astype("float32") / 127.5 - 1.0
        features, classes = features_and_classes.predict(scaled, batch_size=500, verbose=0)
        logits = discriminator.predict(scaled, batch_size=500, verbose=0)
        return Embedded(
            features.astype(np.float64),
            classes.argmax(axis=1) if labelled else np.zeros(len(samples), int),
            classes.shape[1] if labelled else 0,
            logits[:, 0],
        )

    return embed
