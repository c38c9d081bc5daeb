"""How samples become what the metrics see: through the classifier and the discriminator."""

import numpy as np

from ganpkg.evaluation.embedded import Embedded
from ganpkg.kinds import Kind
from ganpkg.labels import append_codes
from ganpkg.objectives.objective import Objective


class Embedding:
    """What is seen of samples, (n, *sample), a bounded number at a time.

    Args:
        judge: what `features.build` gives.
        objective: by which the discriminator was trained.
        kind: that of the samples.
    """

    def __init__(self, judge, discriminator, objective: Objective, kind: Kind):
        import keras

        self.discriminator, self.objective, self.kind = discriminator, objective, kind
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
            answers if self.objective.has_accuracy else None,
            labels if self.labelled else None,
            self.kind.rows(np.asarray(samples)),
            self.kind,
        )

    def _seen(self, samples: np.ndarray, labels: np.ndarray | None) -> tuple[np.ndarray, ...]:
        from ganpkg.evaluation.classifier import inputs

        values = inputs(samples, self.kind)
        found = self.judge.predict(values, batch_size=500, verbose=0)
        features, probabilities = found if self.labelled else (found, found[:, :0])
        if self.discriminator.input_shape[1:] != values.shape[1:]:  # it is told the classes
            values = append_codes(values, labels, probabilities.shape[1])
        logits = self.discriminator.predict(values, batch_size=500, verbose=0)[:, 0]
        return features.astype(np.float64), probabilities, logits > self.objective.boundary
