"""One iteration of the algorithm, which both engines run.

Goodfellow et al. 2014, algorithm 1, in the textbook's form. An engine implements each update, a
move: `textbook.py` with Keras' `train_on_batch`, `compiled.py` with compiled steps.
"""

from collections.abc import Collection
from typing import NamedTuple, Protocol

from ganpkg.objectives.objective import LossAndAccuracy, Tensor


class Scores(NamedTuple):
    """The scalars that one iteration reports, each computed before its update.

    The names are columns of `reports/history.csv`.
    """

    d_loss_real: Tensor
    d_loss_fake: Tensor
    g_loss: Tensor
    d_accuracy_real: Tensor
    d_accuracy_fake: Tensor


class Moves(Protocol):
    """The moves of an engine. Samples are scaled for the networks: pixels from -1 to 1."""

    d_noise_names: Collection[str]
    """The random numbers, beside latent points, that a discriminator step needs."""
    g_noise_names: Collection[str]
    """Those that the generator's step needs."""

    def generate(self, latents: Tensor) -> Tensor:
        """Fakes of the current generator: (batch, latent) to (batch, *sample)."""

    def train_discriminator_on_fakes(
        self, fakes: Tensor, noise: dict[str, Tensor]
    ) -> LossAndAccuracy:
        """One step on fakes with label 0."""

    def train_discriminator_on_reals(
        self, reals: Tensor, noise: dict[str, Tensor]
    ) -> LossAndAccuracy:
        """One step on reals with label 1."""

    def train_discriminator_on_both(
        self, fakes: Tensor, reals: Tensor, noise: dict[str, Tensor]
    ) -> tuple[LossAndAccuracy, LossAndAccuracy]:
        """One step on the sum of both losses. Returns the scores on fakes and on reals."""

    def train_generator(
        self, latents: Tensor, reals: Tensor | None, noise: dict[str, Tensor]
    ) -> Tensor:
        """One step through the frozen discriminator. Returns the loss.

        Args:
            reals: another batch of reals, if the objective needs one.
        """


def iterations(samples: int, batch_size: int, epochs: int) -> int:
    """floor(samples / batch_size) * epochs: 100 samples, batch 10, 500 epochs: 5,000."""
    return samples // batch_size * epochs


def iterate(moves: Moves, update: str, batches: dict[str, Tensor]) -> Scores:
    """One iteration of the algorithm.

    Args:
        moves: the moves of the engine.
        update: `separate` (the textbook: one discriminator step on the fakes, then one on the
            reals), `joint` (one discriminator step on both) or `simultaneous` (Goodfellow 2016,
            "NIPS 2016 Tutorial", section 3: both players step from the same weights, with the
            same latent points).
        batches: the inputs of one iteration, as in `Feed.batches`, with scaled samples.
    """
    reals, d_latents = batches["reals"], batches["d_latents"]
    g_noise = {name: batches[name] for name in moves.g_noise_names}

    def noise(step):
        return {name: batches[name][step] for name in moves.d_noise_names}

    if update == "simultaneous":
        fakes = moves.generate(d_latents[0])
        # The generator's step reads the discriminator but does not change it, and the
        # discriminator's step uses the fakes from above. In this order both gradients
        # belong to the same weights.
        g_loss = moves.train_generator(d_latents[0], reals[0], g_noise)
        fake, real = moves.train_discriminator_on_both(fakes, reals[0], noise(0))
        return Scores(real[0], fake[0], g_loss, real[1], fake[1])

    on_fakes, on_reals = [], []
    for step in range(reals.shape[0]):
        fakes = moves.generate(d_latents[step])
        if update == "joint":
            fake, real = moves.train_discriminator_on_both(fakes, reals[step], noise(step))
        else:
            fake = moves.train_discriminator_on_fakes(fakes, noise(step))
            real = moves.train_discriminator_on_reals(reals[step], noise(step))
        on_fakes.append(fake)
        on_reals.append(real)
    g_loss = moves.train_generator(batches["g_latents"], batches.get("g_reals"), g_noise)

    def mean(scores, part):
        return sum(score[part] for score in scores) / len(scores)

    return Scores(
        mean(on_reals, 0), mean(on_fakes, 0), g_loss, mean(on_reals, 1), mean(on_fakes, 1)
    )
