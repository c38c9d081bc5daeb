"""The two players and the rules of their game, as both engines take them."""

from contextlib import contextmanager
from dataclasses import dataclass

import keras
from keras import ops

from ganpkg.kinds import Kind
from ganpkg.networks.conditional import inner_generator
from ganpkg.objectives.objective import Objective


@dataclass(frozen=True)
class Gan:
    """Two built networks, an optimiser for each, and the rules.

    The generator maps (batch, latent) to (batch, *sample); the discriminator
    maps such samples to logits (batch, 1).
    """

    generator: keras.Model
    discriminator: keras.Model
    generator_optimizer: keras.Optimizer
    discriminator_optimizer: keras.Optimizer
    objective: Objective
    update: str
    kind: Kind
    r1: float = 0.0
    """The weight of the R1 penalty."""
    average: keras.Model | None = None
    """A second generator, whose weights are a moving average of the generator's."""
    average_decay: float = 0.0
    classes: int = 0
    """Of a conditional GAN: how many numbers at the end of a sample are its class's code."""

    def __post_init__(self):
        self.generator_optimizer.build(self.generator.trainable_variables)
        self.discriminator_optimizer.build(self.discriminator.trainable_variables)

    @property
    def dtype(self) -> str:
        """Of weights, samples, losses and scores; within, layers may compute in another."""
        return self.generator.variable_dtype

    @property
    def fakes_in_training_mode(self) -> bool:
        """How the discriminator's fakes are made, which matters to batch normalisation.

        `separate` is the textbook's, whose `predict` runs the generator in inference mode.
        The other two are the practice of deep convolutional GANs: the batch's own
        statistics, as in the generator's update.
        """
        return self.update != "separate"

    @property
    def parts(self) -> dict[str, keras.Model | keras.Optimizer]:
        """All that changes in training. Their `variables` are weights, moving statistics, the
        states of layers' random numbers, and the optimisers' moments and counts."""
        parts = {
            "generator": self.generator,
            "discriminator": self.discriminator,
            "generator_optimizer": self.generator_optimizer,
            "discriminator_optimizer": self.discriminator_optimizer,
        }
        return parts | ({"average": self.average} if self.average else {})

    @property
    def variables(self) -> list[keras.Variable]:
        return [variable for part in self.parts.values() for variable in part.variables]

    @property
    def sampler(self) -> keras.Model:
        """The generator to draw samples from."""
        return inner_generator(self.average or self.generator)

    def to_networks(self, samples):
        """Stored samples, of any shape, as the networks see them, in their dtype."""
        return self.kind.to_networks(ops.cast(samples, self.dtype))

    def update_average(self) -> None:
        """After a generator update: average = decay * average + (1 - decay) * weights."""
        if self.average:
            for average, weight in zip(self.average.weights, self.generator.weights):
                average.assign(weight + self.average_decay * (average - weight))


@contextmanager
def frozen(network: keras.Model):
    """Inside, `network` does not learn: weights and moving statistics stay as they are."""
    network.trainable = False
    try:
        yield
    finally:
        network.trainable = True
