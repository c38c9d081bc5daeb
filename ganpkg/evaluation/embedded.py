"""Samples as the metrics see them: through the classifier and the discriminator."""

from dataclasses import dataclass, fields

import numpy as np

from ganpkg.datasets.table import Table
from ganpkg.labels import attached
from ganpkg.training.objectives import Objective


@dataclass(frozen=True, eq=False)
class Embedded:
    features: np.ndarray
    """(n, features) float64, as `features.py` says."""
    probabilities: np.ndarray
    """(n, classes): what the classifier gives each class; (n, 0) where there are no labels."""
    taken_for_real: np.ndarray | None
    """(n,) the discriminator's answers, true or false; None of a critic, which gives none."""
    labels: np.ndarray | None = None
    """(n,) the class of each real sample, or that which was asked for; None if none was."""
    rows: np.ndarray | None = None
    """(n, columns) the samples themselves, scaled, if they are rows of a table."""
    table: Table | None = None
    """That table."""

    def __len__(self) -> int:
        return len(self.features)

    def __getitem__(self, which: np.ndarray) -> "Embedded":
        """Some of them, by their numbers."""
        values = (getattr(self, field.name) for field in fields(self))
        return Embedded(*(v[which] if isinstance(v, np.ndarray) else v for v in values))

    def __add__(self, other: "Embedded") -> "Embedded":
        """Those of two sets, one after the other."""
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return Embedded(
            *(np.concatenate(p) if isinstance(p[0], np.ndarray) else p[0] for p in pairs)
        )

    @property
    def class_count(self) -> int:
        """How many classes there are; 0 where there are no labels."""
        return self.probabilities.shape[1]

    @property
    def classes(self) -> np.ndarray:
        """(n,) the likeliest class of each sample."""
        return self.probabilities.argmax(axis=1)


class Embedding:
    """What is seen of samples, (n, *sample), a bounded number at a time.

    Args:
        judge: what `features.build` gives.
        objective: by which the discriminator was trained.
        table: what the samples are rows of, if they are.
    """

    def __init__(self, judge, discriminator, objective: Objective, table: Table | None = None):
        import keras

        self.discriminator, self.objective, self.table = discriminator, objective, table
        features, *logits = judge.outputs
        self.labelled = bool(logits)
        self.judge = keras.Model(judge.inputs, [features, *map(keras.layers.Softmax(), logits)])

    def __call__(self, samples: np.ndarray, labels: np.ndarray | None = None) -> Embedded:
        from ganpkg.evaluation.classifier import chunks

        seen = [
            self._seen(samples[part], None if labels is None else labels[part])
            for part in chunks(samples)
        ]
        features, probabilities, answers = map(np.concatenate, zip(*seen))
        return Embedded(
            features,
            probabilities,
            None if self.objective.critic else answers,
            labels if self.labelled else None,
            np.asarray(samples) if self.table else None,
            self.table,
        )

    def _seen(self, samples: np.ndarray, labels: np.ndarray | None) -> tuple[np.ndarray, ...]:
        from ganpkg.evaluation.classifier import scaled

        inputs = scaled(samples)
        found = self.judge.predict(inputs, batch_size=500, verbose=0)
        features, probabilities = found if self.labelled else (found, found[:, :0])
        if self.discriminator.input_shape[1:] != inputs.shape[1:]:  # it is told the classes
            inputs = attached(inputs, labels, probabilities.shape[1])
        logits = self.discriminator.predict(inputs, batch_size=500, verbose=0)[:, 0]
        return features.astype(np.float64), probabilities, logits > self.objective.boundary
