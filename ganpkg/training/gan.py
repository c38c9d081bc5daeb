"""The two networks, their optimizers, and the rules of the game."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass

import keras
from keras import ops

from ganpkg.kinds import Kind
from ganpkg.networks.conditional import inner_generator
from ganpkg.objectives.objective import Objective
from ganpkg.training.augmentation import Augmenter


@dataclass(frozen=True)
class Gan:
    """Two networks, and how they are trained.

    The generator maps latent points, (batch, latent), to samples, (batch, *sample). The
    discriminator maps samples to logits, (batch, 1).
    """

    generator: keras.Model
    discriminator: keras.Model
    generator_optimizer: keras.Optimizer
    discriminator_optimizer: keras.Optimizer
    objective: Objective
    update: str
    kind: Kind
    r1: float = 0.0
    """The weight of the penalty R1, on reals."""
    r2: float = 0.0
    """The weight of the penalty R2, on fakes."""
    average: keras.Model | None = None
    """A second generator, whose weights are a moving average of the generator's."""
    average_decay: float | Callable = 0.0
    """Between 0 and 1, or a function of the number of updates."""
    classes: int = 0
    """The number of classes of a conditional GAN, whose codes are appended to samples."""
    augmentation: Augmenter | None = None
    """Changes reals and fakes before the discriminator sees them."""
    penalty_schedule: Callable | None = None
    """From the number of the discriminator's updates to a factor of both penalties."""

    def __post_init__(self):
        self.generator_optimizer.build(self.generator.trainable_variables)
        self.discriminator_optimizer.build(self.discriminator.trainable_variables)

    @property
    def dtype(self) -> str:
        """The dtype of weights, samples, losses and scores. Layers may compute in another one."""
        return self.generator.variable_dtype

    @property
    def fakes_in_training_mode(self) -> bool:
        """True if the discriminator's fakes come from the generator in training mode.

        This matters to batch normalization. In the textbook (`separate`), `predict` runs the
        generator in inference mode. Deep convolutional GANs (`joint`, `simultaneous`) use the
        statistics of the batch, as in the generator's update.
        """
        return self.update != "separate"

    @property
    def parts(self) -> dict[str, keras.Model | keras.Optimizer]:
        """Everything that training changes. The `variables` of the parts are weights, moving
        statistics, states of random layers, and the moments and counts of the optimizers."""
        parts = {
            "generator": self.generator,
            "discriminator": self.discriminator,
            "generator_optimizer": self.generator_optimizer,
            "discriminator_optimizer": self.discriminator_optimizer,
        }
        optional = {"average": self.average, "augmentation": self.augmentation}
        return parts | {name: part for name, part in optional.items() if part}

    @property
    def variables(self) -> list[keras.Variable]:
        return [variable for part in self.parts.values() for variable in part.variables]

    @property
    def noise_shapes(self) -> dict[str, tuple[int, ...]]:
        """Name -> shape of the random numbers for each sample, beside latent points."""
        if not self.augmentation:
            return self.objective.noise_shapes
        return self.augmentation.section.noise_shapes(self.objective)

    @property
    def sampler(self) -> keras.Model:
        """The generator from which samples are drawn."""
        return inner_generator(self.average or self.generator)

    def to_networks(self, samples):
        """Scales stored samples for the networks, in their dtype."""
        return self.kind.to_networks(ops.cast(samples, self.dtype))

    def penalty_factor(self):
        """The factor of both penalties at this step."""
        if not self.penalty_schedule:
            return 1.0
        return ops.cast(self.penalty_schedule(self.discriminator_optimizer.iterations), self.dtype)

    def update_average(self) -> None:
        """Updates the average: decay * average + (1 - decay) * weights."""
        if self.average:
            decay = self.average_decay
            if callable(decay):
                decay = decay(self.generator_optimizer.iterations)
            for average, weight in zip(self.average.weights, self.generator.weights):
                average.assign(weight + decay * (average - weight))


@contextmanager
def frozen(network: keras.Model):
    """A context in which the weights and moving statistics of a network do not change."""
    always = [layer for layer in network.layers if not layer.trainable]
    network.trainable = False
    try:
        yield
    finally:
        network.trainable = True  # which reaches all layers
        for layer in always:
            layer.trainable = False
