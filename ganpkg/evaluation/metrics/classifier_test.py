"""The classifier two-sample test.

A classifier is trained to distinguish the first halves of both sets and tested on the second
halves. If the distributions are equal, its accuracy is 0.5. As in the paper it is a network of 20
hidden units, here on the features.
"""

import warnings

import numpy as np

from ganpkg.evaluation.description import HALF, MIN_SAMPLES, Group, Level, Number, metric
from ganpkg.evaluation.sample_set import SampleSet

HIDDEN_UNITS = 20
STEPS = 400  # of gradient descent, for any number of samples
BATCH_SIZE = 200


@metric(
    Number(
        "told_apart_accuracy", "accuracy of a network trained to tell samples from reals", HALF,
        Level.HEADLINE,
    ),
    group=Group.TESTS,
    order=1,
    paper="Lopez-Paz & Oquab 2017, Revisiting classifier two-sample tests, section 3",
    blind_spot="It does not detect differences that the features do not show.",
    min_samples=2 * MIN_SAMPLES,
)  # fmt: skip
def classifier_test(reference: SampleSet, samples: SampleSet) -> dict[str, float]:
    return {"told_apart_accuracy": two_sample_accuracy(reference.features, samples.features)}


def two_sample_accuracy(first: np.ndarray, second: np.ndarray) -> float:
    """The accuracy on the second halves of two sets of features, (n, d)."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    half = min(len(first), len(second)) // 2
    train = np.concatenate([first[:half], second[:half]])
    test = np.concatenate([first[half : 2 * half], second[half : 2 * half]])
    labels = np.repeat([0, 1], half)
    batches_per_epoch = -(-len(train) // BATCH_SIZE)
    network = MLPClassifier(
        HIDDEN_UNITS,
        batch_size=min(BATCH_SIZE, len(train)),
        max_iter=-(-STEPS // batches_per_epoch),
        n_iter_no_change=STEPS,
        random_state=0,
    )
    with warnings.catch_warnings(category=ConvergenceWarning, action="ignore"):
        model = make_pipeline(StandardScaler(), network).fit(train, labels)
    return model.score(test, labels)
