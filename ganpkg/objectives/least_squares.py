"""Least squares for both players: Mao et al. 2017, "Least squares GANs", equation 9.

The label is 1 for reals, 0 for fakes, and 1 for fakes in the generator's loss.
"""

from ganpkg.lazy import keras, ops
from ganpkg.objectives.cross_entropy import Smoothing
from ganpkg.objectives.objective import KerasLosses, SplitObjective, Tensor


class LeastSquares(SplitObjective):
    label_smoothing: Smoothing
    boundary = 0.5

    def real_loss(self, logits):
        return half_square(logits, 1.0 - self.label_smoothing)

    def fake_loss(self, logits):
        return half_square(logits, 0.0)

    def generator_loss(self, logits):
        return half_square(logits, 1.0)

    def keras_losses(self):
        return KerasLosses(keras_half_square, 1 - self.label_smoothing, 0, keras_half_square)


def half_square(logits: Tensor, label: float) -> Tensor:
    """1/2 E (D - label)^2."""
    return 0.5 * ops.mean(ops.square(logits - label))


def keras_half_square(labels: Tensor, outputs: Tensor) -> Tensor:
    """Half of Keras' own squared error, (batch,)."""
    return keras.losses.mean_squared_error(labels, outputs) / 2
