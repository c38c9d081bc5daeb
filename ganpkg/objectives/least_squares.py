"""Both players by least squares: Mao et al. 2017, "Least squares GANs", equation 9.

The labels are 1 for reals and 0 for fakes; the generator's label for its samples is 1.
"""

from typing import ClassVar

from ganpkg.lazy import keras, ops
from ganpkg.objectives.cross_entropy import Smoothing
from ganpkg.objectives.objective import KerasLosses, SplitObjective, Tensor


class LeastSquares(SplitObjective):
    label_smoothing: Smoothing
    boundary: ClassVar[float] = 0.5

    def real(self, logits):
        return squares(logits, 1.0 - self.label_smoothing)

    def fake(self, logits):
        return squares(logits, 0.0)

    def fooled(self, logits):
        return squares(logits, 1.0)

    def keras_losses(self):
        def half_square(labels, outputs):
            return keras.losses.mean_squared_error(labels, outputs) / 2

        return KerasLosses(half_square, 1 - self.label_smoothing, 0, half_square)


def squares(logits: Tensor, label: float) -> Tensor:
    """1/2 E (D - label)^2."""
    return 0.5 * ops.mean(ops.square(logits - label))
