"""The features that metrics compare. They depend on the train split only.

Pictures: features of a convolutional network with random weights. Naeem et al. 2020, "Reliable
fidelity and diversity metrics for generative models", recommend random networks where no
pretrained network fits the data. The network responds to edges, textures and colours in each
quarter of a picture, but does not recognize objects. Since it is not fitted to the train split, it
does not favour training samples: a memoriser scores like new real data, and no better.

Labelled pictures: also the features of the classifier, which distinguish the classes and nothing
else. Alone they mistake noise for the classes: on MNIST, noise had a precision of 0.8.

Rows of a table: their principal components.
"""

import math

import keras
import numpy as np
from keras import layers

from ganpkg.evaluation.classifier import FEATURES, outputs
from ganpkg.kinds import Kind
from ganpkg.layers import Pointwise

SEED = 1  # with 0, noise lies nearer to pictures: on emoji, its precision is 0.05, not 0.005
WIDTHS = 32, 64, 128  # filters per layer; each layer halves height and width
QUARTERS = 2  # the outputs of a layer are averaged within 2 x 2 parts of the picture
MAX_SAMPLES = 10_000  # of the train split, to which the scale is fitted
MIN_DEVIATION = 1e-3  # relative to the largest; filters that vary less are ignored


def build(samples: np.ndarray, kind: Kind, classifier: keras.Model | None = None) -> keras.Model:
    """Maps network inputs, (batch, *sample), to features, (batch, 64 or fewer).

    Args:
        samples: (n, *sample), the stored train split.
        classifier: for labelled data. The model then has twice as many features, of variance 1 on
            average, and a second output, the class logits.
    """
    order = np.random.default_rng(SEED).permutation(len(samples))
    subset = samples[np.sort(order[:MAX_SAMPLES])]
    network = kind.feature_network(subset)
    if classifier is None:
        return network
    features = classifier.get_layer("features").output
    values = outputs(keras.Model(classifier.inputs, features), subset, kind)
    deviation = float(np.sqrt(values.var(axis=0, dtype=np.float64).mean()))
    image = keras.Input(samples.shape[1:], name="image")
    both = keras.Model(classifier.inputs, [features, *classifier.outputs], name="classifier")
    features, logits = both(image)
    features = layers.Rescaling(1 / deviation, name="scaled")(features)
    features = layers.Concatenate(name="features")([features, network(image)])
    return keras.Model(image, [features, logits], name="classifier_and_random_network")


def random_network(samples: np.ndarray, kind: Kind) -> keras.Model:
    """Averages the outputs of random filters over each quarter of a picture, standardizes them
    over the samples, (n, height, width, channels), and projects them to 64 random orthogonal
    directions."""
    image = x = keras.Input(samples.shape[1:], name="image")
    means = []
    for number, width in enumerate(WIDTHS):
        convolution = layers.Conv2D(
            width, 3, strides=2, padding="same", activation="relu", name=f"conv_{number}"
        )
        kernel = _orthogonal((3, 3, x.shape[-1], width), SEED + number)
        x = convolution(x)
        convolution.set_weights([kernel, np.zeros(width)])
        size = [max(1, side // QUARTERS) for side in x.shape[1:3]]
        pooled = layers.AveragePooling2D(size, name=f"means_{number}")(x)
        means.append(layers.Flatten(name=f"flat_{number}")(pooled))
    answers = layers.Concatenate(name="answers")(means)
    values = outputs(keras.Model(image, answers), samples, kind).astype(np.float64)
    mean, deviation = values.mean(axis=0), values.std(axis=0)
    deviation[deviation <= MIN_DEVIATION * deviation.max()] = np.inf
    count = min(FEATURES, len(mean))
    random = np.random.default_rng(SEED).normal(size=(len(mean), count))
    directions = np.linalg.qr(random)[0] / deviation[:, None]
    return _projection(image, answers, directions, mean, "random_network")


def principal_components(samples: np.ndarray) -> keras.Model:
    """Projects rows, (n, columns), to at most 64 principal components."""
    from sklearn.decomposition import PCA

    count = min(FEATURES, *samples.shape)
    pca = PCA(count, svd_solver="randomized", random_state=SEED).fit(samples)
    row = keras.Input(samples.shape[1:], name="row")
    return _projection(row, row, pca.components_.T, pca.mean_, "principal_components")


def _projection(inputs, x, directions, mean, name: str) -> keras.Model:
    """A model whose output `features` is (x - mean) @ directions."""
    model = keras.Model(inputs, Pointwise(directions.shape[1], name="features")(x), name=name)
    model.get_layer("features").set_weights([directions, -mean @ directions])
    return model


def _orthogonal(shape: tuple[int, ...], seed: int) -> np.ndarray:
    """A random kernel of this shape, whose filters are orthogonal. (The rounding of Keras'
    initializer of this name depends on the sizes of the processor's caches.)"""
    inputs, outputs = math.prod(shape[:-1]), shape[-1]
    random = np.random.default_rng(seed).normal(size=(max(inputs, outputs), min(inputs, outputs)))
    matrix, triangle = np.linalg.qr(random)
    matrix *= np.sign(np.diag(triangle))  # all directions alike (Mezzadri 2007, section 5)
    return np.reshape(matrix if inputs >= outputs else matrix.T, shape)
