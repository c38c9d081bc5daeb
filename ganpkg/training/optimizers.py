"""The optimizers, one for each player, and the schedules of the 2014 experiments."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ganpkg.lazy import keras
from ganpkg.section import BelowOne, Conflict, Section
from ganpkg.training.annealing import Annealing


class Optimizer(Section):
    """The optimizer of one player."""

    optimizer: Literal["adam", "rmsprop", "sgd"]
    learning_rate: Annotated[float, Field(gt=0, le=10)]
    learning_rate_decay: Annotated[float, Field(ge=1, le=2)]
    learning_rate_floor: Annotated[float, Field(ge=0, le=10)]
    momentum: BelowOne
    momentum_rise: BelowOne
    momentum_rise_epochs: Annotated[int, Field(ge=1, le=1_000_000)]
    beta_2: BelowOne

    def effective(self):
        sgd = self.optimizer == "sgd"
        has_effect = {
            "learning_rate_floor": self.learning_rate_decay > 1,
            "momentum_rise": sgd,
            "momentum_rise_epochs": sgd and self.momentum_rise > 0,
            "beta_2": not sgd,
        }
        return {name: value for name, value in self if has_effect.get(name, True)}

    def conflicts(self, params):
        player = "generator" if self is params.generator else "discriminator"
        if self.learning_rate_floor > self.learning_rate:
            reason = f"since that is {player}.learning_rate"
            expected = f"at most {self.learning_rate}"
            yield Conflict(f"{player}.learning_rate_floor", expected, reason)
        if self.momentum_rise and self.optimizer != "sgd":
            reason = f"since {player}.optimizer is {self.optimizer}, not sgd"
            yield Conflict(f"{player}.momentum_rise", "0", reason)
        if self.momentum_rise + self.momentum >= 1:
            reason = f"since with {player}.momentum it comes to 1 or more"
            yield Conflict(f"{player}.momentum_rise", "less", reason)

    def build(
        self, iterations_per_epoch: int, annealing: Annealing, updates_per_iteration: int = 1
    ) -> keras.Optimizer:
        """The Keras optimizer.

        Args:
            annealing: how the learning rate and beta_2 change.
            updates_per_iteration: the number of the player's updates.
        """
        from ganpkg.training.schedules import AnnealedAdam, Decay, RisingMomentum

        rate, beta_2 = self.learning_rate, self.beta_2
        if annealing.on:
            end = rate * annealing.learning_rate
            rate = annealing.schedule(rate, end, updates_per_iteration)
            beta_2 = annealing.schedule(beta_2, annealing.beta_2, updates_per_iteration)
        if self.learning_rate_decay > 1:
            rate = Decay(rate, self.learning_rate_decay, self.learning_rate_floor)
        if self.optimizer == "adam":
            adam = AnnealedAdam if annealing.on else keras.optimizers.Adam
            return adam(rate, beta_1=self.momentum, beta_2=beta_2)
        if self.optimizer == "rmsprop":
            return keras.optimizers.RMSprop(rate, rho=self.beta_2, momentum=self.momentum)
        if self.momentum_rise:
            updates = self.momentum_rise_epochs * iterations_per_epoch * updates_per_iteration
            return RisingMomentum(rate, self.momentum, self.momentum_rise, updates)
        return keras.optimizers.SGD(rate, momentum=self.momentum)
