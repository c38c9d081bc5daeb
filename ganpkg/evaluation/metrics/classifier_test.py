"""The classifier two-sample test.

Lopez-Paz & Oquab 2017: a classifier is trained to tell half of both sets apart, and judged on the
other half. Under equal distributions its accuracy is 0.5. As there, the classifier is a network of
20 hidden units, here over the features.
"""

import warnings

import numpy as np

from ganpkg.evaluation.embedded import Embedded
from ganpkg.evaluation.metric import HALF, MIN_SAMPLES, Group, Level, Number, metric

HIDDEN_UNITS = 20
STEPS = 400  # of gradient descent, however few samples there are
BATCH_SIZE = 200


@metric(
    Number("told_apart_accuracy", "by a network trained to do so", HALF, Level.HEADLINE),
    group=Group.TESTS,
    order=1,
    paper="Lopez-Paz & Oquab 2017, Revisiting classifier two-sample tests, section 3",
    blind="It does not see what the features do not show.",
    min_samples=2 * MIN_SAMPLES,
)
def classifier_test(reference: Embedded, samples: Embedded) -> dict[str, float]:
    return {"told_apart_accuracy": told_apart(reference.features, samples.features)}


def told_apart(first: np.ndarray, second: np.ndarray) -> float:
    """The accuracy on the second halves of two sets of features, (n, d)."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    half = min(len(first), len(second)) // 2
    learnt = np.concatenate([first[:half], second[:half]])
    judged = np.concatenate([first[half : 2 * half], second[half : 2 * half]])
    truth = np.repeat([0, 1], half)
    batches_a_pass = -(-len(learnt) // BATCH_SIZE)
    network = MLPClassifier(
        HIDDEN_UNITS,
        batch_size=min(BATCH_SIZE, len(learnt)),
        max_iter=-(-STEPS // batches_a_pass),
        n_iter_no_change=STEPS,
        random_state=0,
    )
    with warnings.catch_warnings(category=ConvergenceWarning, action="ignore"):
        model = make_pipeline(StandardScaler(), network).fit(learnt, truth)
    return float((model.predict(judged) == truth).mean())
