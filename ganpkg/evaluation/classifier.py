"""The classifier of labelled pictures. Metrics use its class probabilities and its features.

It is trained on the train split only.
"""

import math

import keras
import numpy as np
from keras import layers

from ganpkg.kinds import Kind
from ganpkg.layers import Pointwise

SEED = 0  # one classifier per dataset: it is a yardstick, not part of the experiment
STEPS = 1500
BATCH_SIZE = 128
FEATURES = 64
CHUNK_BYTES = 2**26  # of samples held as floats at a time
DIGITS = 10


def build(sample_shape: tuple[int, ...], classes: int) -> keras.Model:
    """Maps (batch, height, width, channels) in [-1, 1] to class logits, (batch, classes).

    `features.py` uses the output of the layer `features`, (batch, 64).
    """
    image = keras.Input(sample_shape, name="image")
    x = image
    for number, filters in enumerate((32, 64)):
        x = layers.Conv2D(
            filters, 3, strides=2, padding="same", activation="relu", name=f"conv_{number}"
        )(x)
    x = layers.Flatten(name="flat")(x)
    x = layers.Dropout(0.3, seed=SEED, name="dropout")(x)
    x = Pointwise(FEATURES, activation="relu", name="features")(x)
    return keras.Model(image, Pointwise(classes, name="logits")(x), name="classifier")


def build_stacked(sample_shape: tuple[int, ...]) -> keras.Model:
    """A classifier of three digits stacked as channels: 1,000 classes.

    One network reads each channel. The logit of a class is the sum of the logits of its digits.
    The features, (batch, 192), are the concatenated features of the channels.
    """
    height, width, channels = sample_shape
    digit = build((height, width, 1), DIGITS)
    reader = keras.Model(digit.inputs, digit.get_layer("features").output, name="reader")
    image = keras.Input(sample_shape, name="image")
    digits = [reader(image[..., channel : channel + 1]) for channel in range(channels)]
    features = layers.Concatenate(name="features")(digits)
    by_channel = layers.Reshape((channels, FEATURES), name="by_channel")(features)
    logits = Pointwise(DIGITS, name="digits")(by_channel)
    sums = logits[:, 0, :, None, None] + logits[:, 1, None, :, None] + logits[:, 2, None, None, :]
    return keras.Model(image, layers.Flatten(name="logits")(sums), name="classifier")


class _Batches(keras.utils.PyDataset):
    """STEPS random batches. Only one at a time is in memory as floats."""

    def __init__(self, samples: np.ndarray, labels: np.ndarray, kind: Kind):
        super().__init__()
        indices = np.random.default_rng(SEED).integers(len(samples), size=(STEPS, BATCH_SIZE))
        self.indices = np.sort(indices)
        self.samples, self.labels, self.kind = samples, labels, kind

    def __len__(self):
        return len(self.indices)

    def __getitem__(self, number):
        batch = self.indices[number]
        return inputs(self.samples[batch], self.kind), self.labels[batch]


def train(
    samples: np.ndarray, labels: np.ndarray, classes: int, kind: Kind, stacked: bool = False
) -> keras.Model:
    """Trains a classifier for STEPS batches, drawn with replacement.

    Args:
        samples: (n, *sample), possibly memory-mapped.
        labels: (n,) unsigned, 0 ... classes - 1; a class may have no sample.
        stacked: whether each channel is a digit and the class is their combination.
    """
    shape = samples.shape[1:]
    model = build_stacked(shape) if stacked else kind.classifier(shape, classes)
    model.compile(
        optimizer=keras.optimizers.Adam(1e-3),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        steps_per_execution=50,
    )
    model.fit(_Batches(samples, labels, kind), shuffle=False, verbose=0)
    return model


def inputs(samples: np.ndarray, kind: Kind) -> np.ndarray:
    """Converts stored samples, (n, *sample), to network inputs, float32."""
    return kind.to_networks(samples.astype(np.float32))


def chunks(samples: np.ndarray) -> list[slice]:
    """Slices of the samples, (n, *sample), of at most CHUNK_BYTES each as floats."""
    count = max(1, CHUNK_BYTES // (4 * math.prod(samples.shape[1:])))
    return [slice(start, start + count) for start in range(0, len(samples), count)]


def outputs(model: keras.Model, samples: np.ndarray, kind: Kind) -> np.ndarray:
    """The outputs of a model for stored samples, (n, *sample)."""
    batches = (inputs(samples[chunk], kind) for chunk in chunks(samples))
    return np.concatenate([model.predict(batch, batch_size=500, verbose=0) for batch in batches])


def accuracy(model: keras.Model, samples: np.ndarray, labels: np.ndarray, kind: Kind) -> float:
    """The share of stored samples, (n, *sample), that a model classifies correctly.

    Args:
        model: its last output must be the class logits.
    """
    logits = outputs(keras.Model(model.inputs, model.outputs[-1]), samples, kind)
    return float((logits.argmax(axis=1) == labels).mean())
