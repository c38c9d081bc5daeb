"""Learning rates and momentums that change with the number of updates."""

import math

import keras
from keras import ops


class Decay(keras.optimizers.schedules.LearningRateSchedule):
    """rate / factor^updates, but not below the floor."""

    def __init__(self, rate: float, factor: float, floor: float):
        self.rate, self.factor, self.floor = rate, factor, floor

    def __call__(self, step):
        # In float32 the factor would be rounded: 1.000004 - 1 would be wrong by 1 %.
        exponent = ops.cast(step, "float32") * -math.log(self.factor)
        return ops.maximum(self.rate * ops.exp(exponent), self.floor)


class RisingMomentum(keras.optimizers.SGD):
    """Gradient descent whose momentum rises linearly by `rise` over the first `updates`."""

    def __init__(self, learning_rate, momentum: float, rise: float, updates: int):
        super().__init__(learning_rate, momentum=momentum + rise)
        self.start, self.rise, self.updates = momentum, rise, updates

    def update_step(self, gradient, variable, learning_rate):
        share = ops.minimum(ops.cast(self.iterations, variable.dtype) / self.updates, 1.0)
        velocity = self.momentums[self._get_variable_index(variable)]
        velocity.assign(
            velocity * (self.start + self.rise * share)
            - gradient * ops.cast(learning_rate, variable.dtype)
        )
        variable.assign_add(velocity)
