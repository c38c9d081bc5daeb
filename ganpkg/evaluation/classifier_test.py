"""The classifier two-sample test.

Lopez-Paz & Oquab 2017, "Revisiting classifier two-sample tests", section 3: a classifier is
trained to tell half of both sets apart, and judged on the other half. Under equal
distributions each answer is right by chance, as a coin falls, which gives the p-value: how
often an accuracy as high comes by chance (there by the normal distribution, here by the
binomial itself). As there, the classifier is a network of 20 hidden units, here over the
features: what those do not show, it does not see.
"""

import warnings

import numpy as np
from scipy.stats import binom

from ganpkg.evaluation.embedded import Embedded

HIDDEN_UNITS = 20
PASSES = 30


def classifier_test(reference: Embedded, samples: Embedded) -> dict:
    accuracy, p = told_apart(reference.features, samples.features)
    return {"told_apart_accuracy": accuracy, "told_apart_p": p}


def told_apart(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """The accuracy on the second halves of two sets of features, (n, d), and its p-value."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    half = min(len(first), len(second)) // 2
    learnt = np.concatenate([first[:half], second[:half]])
    judged = np.concatenate([first[half : 2 * half], second[half : 2 * half]])
    truth = np.repeat([0, 1], half)
    network = MLPClassifier(HIDDEN_UNITS, max_iter=PASSES, random_state=0)
    with warnings.catch_warnings(category=ConvergenceWarning, action="ignore"):
        model = make_pipeline(StandardScaler(), network).fit(learnt, truth)
    right = int((model.predict(judged) == truth).sum())
    return right / len(judged), p_value(right, len(judged))


def p_value(right: int, judged: int) -> float:
    return float(binom.sf(right - 1, judged, 0.5))
