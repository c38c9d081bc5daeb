"""How samples become a `SampleSet`: through the feature model and the discriminator."""

import numpy as np

from ganpkg import backend
from ganpkg.evaluation.sample_set import SampleSet
from ganpkg.kinds import Kind
from ganpkg.labels import append_codes
from ganpkg.objectives.objective import Objective


class Embedding:
    """Maps samples, (n, *sample), and their labels to a `SampleSet`, in chunks of bounded size.

    Args:
        feature_model: the model that `features.build` returns.
        objective: the objective with which the discriminator was trained.
    """

    def __init__(self, feature_model, discriminator, objective: Objective, kind: Kind):
        import keras

        self.discriminator, self.objective, self.kind = discriminator, objective, kind
        features, *logits = feature_model.outputs
        self.labelled = bool(logits)
        outputs = [features, *map(keras.layers.Softmax(), logits)]
        self.feature_model = keras.Model(feature_model.inputs, outputs)

    def __call__(self, samples: np.ndarray, labels: np.ndarray | None = None) -> SampleSet:
        from ganpkg.evaluation.classifier import chunks, inputs

        parts = []
        for chunk in chunks(samples):
            values = inputs(samples[chunk], self.kind)
            outputs = self.feature_model.predict(values, batch_size=500, verbose=0)
            features, probabilities = outputs if self.labelled else (outputs, outputs[:, :0])
            if self.discriminator.input_shape[1:] != values.shape[1:]:  # it also takes the class
                values = append_codes(values, labels[chunk], probabilities.shape[1])
            logits = backend.predict(self.discriminator, values, 500)[:, 0]
            parts.append((features, probabilities, logits > self.objective.boundary))
        features, probabilities, decisions = map(np.concatenate, zip(*parts))
        return SampleSet(
            features.astype(np.float64),
            probabilities,
            decisions if self.objective.has_accuracy else None,
            labels if self.labelled else None,
            self.kind.to_rows(np.asarray(samples)),
            self.kind,
        )
