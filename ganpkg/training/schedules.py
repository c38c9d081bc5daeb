"""Values that change with the number of updates."""

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


class Cosine(keras.optimizers.schedules.LearningRateSchedule):
    """From start to end along half a cosine, over a number of updates; then end."""

    def __init__(self, start: float, end: float, updates: int):
        self.start, self.end, self.updates = start, end, updates

    def __call__(self, step):
        done = ops.minimum(ops.cast(step, "float32") / self.updates, 1.0)
        return self.end + (self.start - self.end) * 0.5 * (1 + ops.cos(math.pi * done))


class AnnealedAdam(keras.optimizers.Adam):
    """Adam whose beta_2 follows a schedule."""

    def __init__(self, learning_rate, beta_1: float, beta_2: Cosine):
        super().__init__(learning_rate, beta_1=beta_1, beta_2=beta_2.end)
        self.schedule = beta_2

    def update_step(self, gradient, variable, learning_rate):
        self.beta_2 = ops.cast(self.schedule(self.iterations), variable.dtype)
        try:
            super().update_step(gradient, variable, learning_rate)
        finally:  # a value of one step must not stay
            self.beta_2 = self.schedule.end


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
