"""The frozen classifier whose features the metrics use. It is fitted to the train split alone.

Where there are no labels, principal components stand in for it: features, but no classes.
"""

import math

import keras
import numpy as np
from keras import layers

SEED = 0  # one classifier per dataset: it is a yardstick, not a subject of experiments
STEPS = 1500
BATCH_SIZE = 128
FEATURES = 64
MOST_POINTS = 10_000
MOST_BYTES = 2**31  # of samples, as floats
PASSES = 4
DIGITS = 10


def build(sample_shape: tuple[int, ...], classes: int) -> keras.Model:
    """Maps (batch, height, width, channels) in [-1, 1] to class logits (batch, classes).

    The layer `features`, (batch, 64), is what the metrics compare.
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


def train(samples: np.ndarray, labels: np.ndarray, stacked: bool = False) -> keras.Model:
    """Trains for at least STEPS batches, in whole passes.

    Args:
        samples: (n, height, width, channels) uint8, of which no more are used than STEPS batches
            need, or MOST_BYTES hold as floats.
        labels: (n,) unsigned, 0 ... classes - 1.
        stacked: whether every channel is a digit, and the class all of them.
    """
    shape = samples.shape[1:]
    model = build_stacked(shape) if stacked else build(shape, int(labels.max()) + 1)
    model.compile(
        optimizer=keras.optimizers.Adam(1e-3),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        steps_per_execution=50,
    )
    most = min(STEPS * BATCH_SIZE, MOST_BYTES // (4 * math.prod(shape)))
    samples, labels = scaled(samples[:most]), labels[:most]
    # Keras needs a tenth of a second for every pass, so a small set is passed through several
    # times in one.
    times = max(1, most // PASSES // len(samples))
    samples, labels = np.concatenate([samples] * times), np.concatenate([labels] * times)
    batches = -(-len(samples) // BATCH_SIZE)
    model.fit(samples, labels, batch_size=BATCH_SIZE, epochs=-(-STEPS // batches), verbose=0)
    return model


def principal_components(samples: np.ndarray) -> keras.Model:
    """Maps (batch, *sample), as the networks see it, to `features`, (batch, 64 or fewer).

    Args:
        samples: (n, *sample), images or rows, of which the first 10,000 are used.
    """
    from sklearn.decomposition import PCA

    points = scaled(samples[:MOST_POINTS]).reshape(min(len(samples), MOST_POINTS), -1)
    count = min(FEATURES, *points.shape)
    pca = PCA(count, svd_solver="randomized", random_state=SEED).fit(points)
    image = keras.Input(samples.shape[1:], name="image")
    features = layers.Dense(count, name="features")(layers.Flatten(name="flat")(image))
    model = keras.Model(image, features, name="principal_components")
    model.get_layer("features").set_weights([pca.components_.T, -pca.components_ @ pca.mean_])
    return model


def scaled(samples: np.ndarray) -> np.ndarray:
    """Images, uint8, to [-1, 1] float32; rows of a table are scaled already."""
    return samples.astype("float32") / 127.5 - 1.0 if samples.dtype == np.uint8 else samples


def accuracy(model: keras.Model, samples: np.ndarray, labels: np.ndarray) -> float:
    """The share of samples, (n, height, width, channels) uint8, that is classified rightly."""
    logits = model.predict(scaled(samples), batch_size=500, verbose=0)
    return float((logits.argmax(axis=1) == labels).mean())
