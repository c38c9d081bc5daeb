"""What every objective is.

The discriminator's outputs are called logits throughout, though only cross-entropies read them as
D(x) = sigmoid(logit); elsewhere they are the discriminator's (or critic's) values as such.
"""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple, Protocol

from ganpkg.lazy import ops
from ganpkg.section import Conflict, Section

Tensor = Any


class Critic(Protocol):
    """The discriminator, as objectives call it."""

    def __call__(self, samples: Tensor) -> Tensor:
        """Logits, (batch, 1), of samples, (batch, *sample)."""

    def slopes(self, samples: Tensor) -> Tensor:
        """The gradients of the logits with respect to the samples' values."""


class Scores(NamedTuple):
    """What of a discriminator's step is reported, in scalars."""

    loss_real: Tensor
    loss_fake: Tensor
    accuracy_real: Tensor
    accuracy_fake: Tensor


class Objective(Section):
    """The losses of both players, with the parameters that they have."""

    noise: ClassVar[dict[str, tuple[int, ...]]] = {}
    """What the discriminator's loss needs drawn, uniform from 0 to 1, for each real sample of a
    batch: name -> shape."""
    generator_reals: ClassVar[bool] = False
    """Whether the generator's loss needs reals."""
    has_accuracy: ClassVar[bool] = True
    """Whether a logit above `boundary` means "real". A critic's logits know no boundary."""
    boundary: ClassVar[float] = 0.0

    @abstractmethod
    def discriminator(
        self, critic: Critic, reals: Tensor, fakes: Tensor, noise: dict[str, Tensor]
    ) -> tuple[Tensor, Scores]:
        """The discriminator's loss, a scalar, and what is reported of it.

        Args:
            reals, fakes: (batch, *sample), as the networks see them.
            noise: what `noise` declares, each (batch, *shape).
        """

    @abstractmethod
    def generator(self, critic: Critic, fakes: Tensor, reals: Tensor | None) -> Tensor:
        """The generator's loss, a scalar.

        Args:
            reals: a batch of its own, (batch, *sample), if `generator_reals`.
        """

    def constrain(self, discriminator) -> None:
        """Constrains the weights of a new discriminator, if the objective needs it."""

    def more_scores(self, d_loss_real: float, d_loss_fake: float) -> dict[str, float]:
        """Further columns of history.csv, from the means of a logging interval."""
        return {}

    def conflicts(self, params) -> Iterator[Conflict]:
        """An objective that does not split needs both batches in one step."""
        reason = f"since objective is {params.objective}"
        if params.update == "separate":
            yield Conflict("update", "joint or simultaneous", reason)
        if params.engine == "textbook":
            yield Conflict("engine", "compiled", f"{reason}, which Keras' composite cannot express")


class SplitObjective(Objective):
    """An objective whose losses are functions of logits, a part on reals and one on fakes.

    It can be played with `update: separate`, and by the textbook's engine.
    """

    @abstractmethod
    def real(self, logits: Tensor) -> Tensor:
        """The discriminator's loss on logits of reals, (batch, 1)."""

    @abstractmethod
    def fake(self, logits: Tensor) -> Tensor:
        """The discriminator's loss on logits of fakes, (batch, 1)."""

    @abstractmethod
    def fooled(self, logits: Tensor) -> Tensor:
        """The generator's loss on logits of fakes, (batch, 1)."""

    @abstractmethod
    def keras_losses(self) -> "KerasLosses":
        """The same as Keras prints it, for the textbook's engine."""

    def score_reals(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """Loss and accuracy."""
        return self.real(logits), _share(logits > self.boundary, logits.dtype)

    def score_fakes(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """Loss and accuracy."""
        return self.fake(logits), _share(logits <= self.boundary, logits.dtype)

    def discriminator(self, critic, reals, fakes, noise):
        # In one pass, whose batch normalisation, if any, is over both.
        logits = critic(ops.concatenate([fakes, reals]))
        fake, fake_accuracy = self.score_fakes(logits[: fakes.shape[0]])
        real, real_accuracy = self.score_reals(logits[fakes.shape[0] :])
        return fake + real, Scores(real, fake, real_accuracy, fake_accuracy)

    def generator(self, critic, fakes, reals):
        return self.fooled(critic(fakes))

    def conflicts(self, params):
        yield from ()


class KerasLosses(NamedTuple):
    """Functions of labels and logits, both (batch, 1), to (batch,); and the labels."""

    discriminator: Any
    real_label: float
    fake_label: float
    generator: Any
    """The labels of its samples are 1."""


def _share(right, dtype):
    """The share of True, a scalar."""
    return ops.mean(ops.cast(right, dtype))
