"""The optimisers, one for each player, and the schedules of the 2014 experiments."""

import math

import keras
from keras import ops


def build(params, player: str, updates_per_epoch: int) -> keras.Optimizer:
    """The optimiser that params.yaml describes.

    Args:
        player: `generator` or `discriminator`, whose parameters are taken.
        updates_per_epoch: of this player, which a momentum that rises over epochs counts in.
    """
    name, rate, decay, floor, momentum, rise, rise_epochs, beta_2 = (
        getattr(params, f"{player}_{key}")
        for key in (
            "optimizer",
            "learning_rate",
            "learning_rate_decay",
            "learning_rate_floor",
            "momentum",
            "momentum_rise",
            "momentum_rise_epochs",
            "beta_2",
        )
    )
    if decay > 1:
        rate = Decay(rate, decay, floor)
    if name == "adam":
        return keras.optimizers.Adam(rate, beta_1=momentum, beta_2=beta_2)
    if name == "rmsprop":
        return keras.optimizers.RMSprop(rate, rho=beta_2, momentum=momentum)
    if rise:
        return RisingMomentum(rate, momentum, rise, rise_epochs * updates_per_epoch)
    return keras.optimizers.SGD(rate, momentum=momentum)


class Decay(keras.optimizers.schedules.LearningRateSchedule):
    """rate / factor^updates, but not below the floor."""

    def __init__(self, rate: float, factor: float, floor: float):
        self.rate, self.factor, self.floor = rate, factor, floor

    def __call__(self, step):
        # In float32, factor itself would be rounded: 1.000004 loses 1 % of what is above 1.
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
