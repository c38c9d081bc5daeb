"""The features that metrics compare. What gives them is fixed once the train split is known.

Pictures: those of a convolutional network with random weights. Naeem et al. 2020, "Reliable
fidelity and diversity metrics for generative models", find random networks to serve where no
trained one fits the data. It sees edges, textures and colours, and in which quarter of a picture
they are; it knows no objects. Unlike a network fitted to the train split it has no preference for
training samples, so that a memoriser looks as good as fresh data, and no better.

Pictures with labels: beside them those of the classifier, which knows what the classes differ in
and nothing else. Alone it takes noise for its classes: on MNIST noise had a precision of 0.8.

Rows of a table: their principal components.
"""

import keras
import numpy as np
from keras import layers

from ganpkg.evaluation.classifier import FEATURES, SEED, outputs
from ganpkg.kinds import Kind

WIDTHS = 32, 64, 128  # filters of a layer; each halves the map
QUARTERS = 2  # a map is averaged within 2 x 2 parts
MOST_SAMPLES = 10_000  # of the train split, to which the scale is fitted
LEAST_DEVIATION = 1e-3  # of the largest: a filter that hardly answers says nothing


def build(samples: np.ndarray, kind: Kind, classifier: keras.Model | None = None) -> keras.Model:
    """Maps (batch, *sample), as the networks see it, to features, (batch, 64 or fewer).

    Args:
        samples: (n, *sample), the train split, of this kind.
        classifier: of data with labels. There are twice as many features then, and a second
            output, the logits of the classes.
    """
    some = samples[np.sort(np.random.default_rng(SEED).permutation(len(samples))[:MOST_SAMPLES])]
    network = kind.feature_network(some)
    return side_by_side(classifier, network, some, kind) if classifier else network


def side_by_side(
    classifier: keras.Model, network: keras.Model, samples: np.ndarray, kind: Kind
) -> keras.Model:
    """Features of both, each of variance 1 on the average over the samples, and logits."""
    learnt = classifier.get_layer("features").output
    found = outputs(keras.Model(classifier.inputs, learnt), samples, kind)
    deviation = float(np.sqrt(found.var(axis=0, dtype=np.float64).mean()))
    image = keras.Input(samples.shape[1:], name="image")
    both = keras.Model(classifier.inputs, [learnt, *classifier.outputs], name="classifier")
    learnt, logits = both(image)
    learnt = layers.Rescaling(1 / deviation, name="scaled")(learnt)
    features = layers.Concatenate(name="features")([learnt, network(image)])
    return keras.Model(image, [features, logits], name="classifier_and_random_network")


def random_network(samples: np.ndarray, kind: Kind) -> keras.Model:
    """Filters' mean answers, each divided by its deviation over the samples, (n, height, width,
    channels), and turned to 64 random orthogonal directions."""
    image = x = keras.Input(samples.shape[1:], name="image")
    answers = []
    for number, width in enumerate(WIDTHS):
        start = keras.initializers.Orthogonal(seed=SEED + number)
        x = layers.Conv2D(
            width, 3, strides=2, padding="same", activation="relu", kernel_initializer=start,
            name=f"conv_{number}",
        )(x)  # fmt: skip
        part = [max(1, side // QUARTERS) for side in x.shape[1:3]]
        means = layers.AveragePooling2D(part, name=f"means_{number}")(x)
        answers.append(layers.Flatten(name=f"flat_{number}")(means))
    together = layers.Concatenate(name="answers")(answers)
    found = outputs(keras.Model(image, together), samples, kind).astype(np.float64)
    mean, deviation = found.mean(axis=0), found.std(axis=0)
    deviation[deviation <= LEAST_DEVIATION * deviation.max()] = np.inf
    count = min(FEATURES, len(mean))
    random = np.random.default_rng(SEED).normal(size=(len(mean), count))
    directions = np.linalg.qr(random)[0] / deviation[:, None]
    return _ending_in(image, together, directions, mean, "random_network")


def principal_components(samples: np.ndarray) -> keras.Model:
    """Of rows, (n, columns), at most 64."""
    from sklearn.decomposition import PCA

    count = min(FEATURES, *samples.shape)
    pca = PCA(count, svd_solver="randomized", random_state=SEED).fit(samples)
    row = keras.Input(samples.shape[1:], name="row")
    return _ending_in(row, row, pca.components_.T, pca.mean_, "principal_components")


def _ending_in(inputs, x, directions, mean, name: str) -> keras.Model:
    """The model whose features are (x - mean) @ directions."""
    features = layers.Dense(directions.shape[1], name="features")(x)
    model = keras.Model(inputs, features, name=name)
    model.get_layer("features").set_weights([directions, -mean @ directions])
    return model
