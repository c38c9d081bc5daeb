"""The classifier through which metrics look at pictures with labels, as `features.py` says.

It is fitted to the train split alone.
"""

import math

import keras
import numpy as np
from keras import layers

from ganpkg.kinds import Kind

SEED = 0  # one classifier per dataset: it is a yardstick, not a subject of experiments
STEPS = 1500
BATCH_SIZE = 128
FEATURES = 64
CHUNK_BYTES = 2**26  # of samples held as floats at a time
DIGITS = 10


def build(sample_shape: tuple[int, ...], classes: int) -> keras.Model:
    """Maps (batch, height, width, channels) in [-1, 1] to class logits (batch, classes).

    The layer `features`, (batch, 64), is what `features.py` takes.
    """
    image = keras.Input(sample_shape, name="image")
    x = image
    for number, filters in enumerate((32, 64)):
        x = layers.Conv2D(
            filters, 3, strides=2, padding="same", activation="relu", name=f"conv_{number}"
        )(x)
    x = layers.Flatten(name="flat")(x)
    x = layers.Dropout(0.3, seed=SEED, name="dropout")(x)
    x = layers.Dense(FEATURES, activation="relu", name="features")(x)
    return keras.Model(image, layers.Dense(classes, name="logits")(x), name="classifier")


def build_stacked(sample_shape: tuple[int, ...]) -> keras.Model:
    """The same for images whose channels are digits: 1,000 classes of three.

    One network reads every channel. A class's logit is the sum of its digits', and the
    features, (batch, 192), are those of the channels side by side.
    """
    height, width, channels = sample_shape
    digit = build((height, width, 1), DIGITS)
    reader = keras.Model(digit.inputs, digit.get_layer("features").output, name="reader")
    image = keras.Input(sample_shape, name="image")
    read = [reader(image[..., channel : channel + 1]) for channel in range(channels)]
    features = layers.Concatenate(name="features")(read)
    by_channel = layers.Reshape((channels, FEATURES), name="by_channel")(features)
    digits = layers.Dense(DIGITS, name="digits")(by_channel)
    sums = digits[:, 0, :, None, None] + digits[:, 1, None, :, None] + digits[:, 2, None, None, :]
    return keras.Model(image, layers.Flatten(name="logits")(sums), name="classifier")


class _Batches(keras.utils.PyDataset):
    """STEPS random batches, of which only one is in memory as floats."""

    def __init__(self, samples: np.ndarray, labels: np.ndarray, kind: Kind):
        super().__init__()
        chosen = np.random.default_rng(SEED).integers(len(samples), size=(STEPS, BATCH_SIZE))
        self.samples, self.labels, self.kind = samples, labels, kind
        self.chosen = np.sort(chosen)

    def __len__(self):
        return len(self.chosen)

    def __getitem__(self, number):
        chosen = self.chosen[number]
        return inputs(self.samples[chosen], self.kind), self.labels[chosen]


def train(
    samples: np.ndarray, labels: np.ndarray, classes: int, kind: Kind, stacked: bool = False
) -> keras.Model:
    """Trains for STEPS batches, drawn with replacement.

    Args:
        samples: (n, *sample) of this kind, possibly memory-mapped.
        labels: (n,) unsigned, 0 ... classes - 1; a class may have no sample.
        stacked: whether every channel is a digit, and the class all of them.
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
    """Stored samples, (n, *sample), as the networks see them, float32."""
    return kind.to_networks(samples.astype(np.float32))


def chunks(samples: np.ndarray) -> list[slice]:
    """Slices of the samples, (n, *sample), each of at most CHUNK_BYTES as floats."""
    count = max(1, CHUNK_BYTES // (4 * math.prod(samples.shape[1:])))
    return [slice(start, start + count) for start in range(0, len(samples), count)]


def outputs(model: keras.Model, samples: np.ndarray, kind: Kind) -> np.ndarray:
    """What a model answers to samples, (n, *sample), as they are stored."""
    parts = (inputs(samples[part], kind) for part in chunks(samples))
    return np.concatenate([model.predict(part, batch_size=500, verbose=0) for part in parts])


def accuracy(model: keras.Model, samples: np.ndarray, labels: np.ndarray, kind: Kind) -> float:
    """The share of samples, (n, *sample) of this kind, that is classified rightly.

    Args:
        model: whose last output are the logits.
    """
    logits = outputs(keras.Model(model.inputs, model.outputs[-1]), samples, kind)
    return float((logits.argmax(axis=1) == labels).mean())
