"""The base classes of all objectives.

The discriminator's outputs are called logits throughout. Only the cross-entropies read them as
D(x) = sigmoid(logit); other objectives take the values as they are.
"""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple

from ganpkg.lazy import ops
from ganpkg.section import Conflict, Section, textbook_conflict

Tensor = Any
LossAndAccuracy = tuple[Tensor, Tensor]  # scalars


class Objective(Section):
    """The losses of both players, and their parameters.

    Losses call a `compiled.DiscriminatorInTraining`, which maps samples, (batch, *sample), to
    logits, (batch, 1). Its `slopes` are the gradients of the logits with respect to the samples.
    """

    noise_shapes: ClassVar[dict[str, tuple[int, ...]]] = {}
    """Name -> shape of the random numbers that the discriminator's loss needs for each real sample.
    They are uniform from 0 to 1."""
    generator_reals: ClassVar[bool] = False
    """Whether the generator's loss needs reals."""
    has_accuracy: ClassVar[bool] = True
    """Whether a logit above `boundary` means "real". A critic's logits have no boundary."""
    boundary: ClassVar[float] = 0.0
    rates_reals: ClassVar[bool] = True
    """Whether the score `accuracy_real` says how sure the discriminator is of reals, so that
    augmentation can adapt to it."""

    @abstractmethod
    def score_discriminator(
        self, discriminator, reals: Tensor, fakes: Tensor, noise: dict[str, Tensor]
    ) -> tuple[Tensor, tuple[LossAndAccuracy, LossAndAccuracy]]:
        """The discriminator's loss, a scalar, and the scores to report: on fakes and on reals.

        Args:
            reals, fakes: (batch, *sample), as the networks see them.
            noise: the random numbers that `noise_shapes` declares, each (batch, *shape).
        """

    @abstractmethod
    def score_generator(self, discriminator, fakes: Tensor, reals: Tensor | None) -> Tensor:
        """The generator's loss, a scalar.

        Args:
            reals: a separate batch, (batch, *sample), if `generator_reals`.
        """

    def constrain(self, discriminator) -> None:
        """Constrains the weights of a new discriminator, if the objective needs it."""

    def more_scores(self, d_loss_real: float, d_loss_fake: float) -> dict[str, float]:
        """Further columns of history.csv, from the mean losses of a logging interval."""
        return {}

    def conflicts(self, params) -> Iterator[Conflict]:
        """An objective that does not split needs reals and fakes in one step."""
        reason = f"since objective is {params.objective}"
        if params.update == "separate":
            yield Conflict("update", "joint or simultaneous", reason)
        yield from textbook_conflict(params, reason)


class SplitObjective(Objective):
    """An objective whose losses are functions of logits: one on reals, one on fakes.

    It also works with `update: separate` and with the textbook engine.
    """

    @abstractmethod
    def real_loss(self, logits: Tensor) -> Tensor:
        """The discriminator's loss on logits of reals, (batch, 1)."""

    @abstractmethod
    def fake_loss(self, logits: Tensor) -> Tensor:
        """The discriminator's loss on logits of fakes, (batch, 1)."""

    @abstractmethod
    def generator_loss(self, logits: Tensor) -> Tensor:
        """The generator's loss on logits of fakes, (batch, 1)."""

    @abstractmethod
    def keras_losses(self) -> "KerasLosses":
        """The same losses in Keras' form, for the textbook engine."""

    def score_reals(self, logits: Tensor) -> LossAndAccuracy:
        """The loss and the accuracy on reals."""
        return self.real_loss(logits), fraction(logits > self.boundary, logits.dtype)

    def score_fakes(self, logits: Tensor) -> LossAndAccuracy:
        """The loss and the accuracy on fakes."""
        return self.fake_loss(logits), fraction(logits <= self.boundary, logits.dtype)

    def score_discriminator(self, discriminator, reals, fakes, noise):
        # One pass, so that batch normalization, if any, sees fakes and reals together.
        logits = discriminator(ops.concatenate([fakes, reals]))
        fake_loss, fake_accuracy = self.score_fakes(logits[: fakes.shape[0]])
        real_loss, real_accuracy = self.score_reals(logits[fakes.shape[0] :])
        return fake_loss + real_loss, ((fake_loss, fake_accuracy), (real_loss, real_accuracy))

    def score_generator(self, discriminator, fakes, reals):
        return self.generator_loss(discriminator(fakes))

    def conflicts(self, params):
        yield from ()


class WassersteinObjective(SplitObjective):
    """Estimates the Wasserstein distance from samples to data: Arjovsky et al. 2017, "Wasserstein
    GAN", algorithm 1. The critic f maximizes E f(x) - E f(G(z)), the generator E f(G(z))."""

    has_accuracy = False
    rates_reals = False

    def real_loss(self, logits):
        return -ops.mean(logits)

    def fake_loss(self, logits):
        return ops.mean(logits)

    def generator_loss(self, logits):
        return -ops.mean(logits)

    def keras_losses(self):
        return KerasLosses(keras_linear_loss, 1, -1, keras_linear_loss)

    def more_scores(self, d_loss_real, d_loss_fake):
        """The critic's estimate of the distance, in units of the critic's steepness."""
        return {"wasserstein_distance": -(d_loss_real + d_loss_fake)}


class KerasLosses(NamedTuple):
    """Both losses, from labels and logits, (batch, 1), to (batch,); and the labels."""

    discriminator: Any
    real_label: float
    fake_label: float
    generator: Any
    """Fakes have the label 1 here."""


def keras_linear_loss(labels: Tensor, logits: Tensor) -> Tensor:
    """-label * logit, (batch,)."""
    return -ops.mean(labels * logits, axis=-1)


def fraction(flags: Tensor, dtype) -> Tensor:
    """The fraction of flags that are true, a scalar."""
    return ops.mean(ops.cast(flags, dtype))
