"""The random inputs of every iteration, as a function of (seed, step, purpose).

Nothing depends on how many steps are asked for at once, on the engine or on the backend,
and training can resume at any step knowing that step alone.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ganpkg.labels import attached
from ganpkg.randomness import Purpose, latent_points, stream

BLOCK = 32  # steps drawn from one stream: a stream costs as much to open as 1,000 numbers
MOST_NUMBERS = 2**22  # of latent points drawn at once, if that is no less than a step


class Batches(NamedTuple):
    """The inputs of `count` iterations in a row."""

    reals: np.ndarray
    """(count, discriminator_steps, batch, *sample), as they are stored."""
    d_latents: np.ndarray
    """(count, discriminator_steps, batch, latent), float32."""
    g_latents: np.ndarray
    """(count, batch, latent), float32."""
    mixing: np.ndarray
    """(count, discriminator_steps, batch), float32, uniform from 0 to 1: where between a real
    sample and a fake the gradient penalty looks.

    Of a conditional GAN, samples and latent points end in the codes of their classes: those of
    the reals, for the discriminator's fakes as well; of reals drawn anew for the generator.
    """


BATCH_AXES = Batches(2, 2, 1, 2)
"""Where in `Batches` the batch is."""


class Feed:
    """Real batches and latent points for any range of steps."""

    def __init__(
        self,
        samples: np.ndarray,
        *,
        seed: int,
        batch_size: int,
        latent_dim: int,
        noise: str = "normal",
        discriminator_steps: int = 1,
        sampling: str = "replacement",
        labels: np.ndarray | None = None,
        classes: int = 0,
    ):
        """
        Args:
            samples: (n, *sample), possibly memory-mapped.
            noise: the distribution of the latent points, as in `randomness.latent_points`.
            sampling: `replacement` draws each real batch at random with replacement;
                `epoch` cuts a fresh permutation of the samples into batches, pass after
                pass (what is left over at the end of a pass waits for the next one).
            labels: (n,) the samples' classes, 0 ... classes - 1, for a conditional GAN.
        """
        self.samples = samples
        self.seed = seed
        self.batch_size = batch_size
        self.latent_dim = latent_dim
        self.noise = noise
        self.discriminator_steps = discriminator_steps
        self.sampling = sampling
        self.labels = labels
        self.classes = classes
        self.batches_per_epoch = len(samples) // batch_size
        numbers = batch_size * (discriminator_steps + 1) * latent_dim
        self._steps_at_once = min(BLOCK, max(1, MOST_NUMBERS // numbers))
        self._drawing = iter(())
        self._first = self._upto = 0  # what steps are drawn
        self._drawn = ()
        self._passes: dict[int, np.ndarray] = {}

    def bytes_per_iteration(self) -> int:
        return sum(array.nbytes for array in self.batches(0, 1))

    def batches(self, start: int, stop: int) -> Batches:
        """The inputs of the steps start, start + 1, ... stop - 1."""
        parts = []
        while start < stop:
            if not self._first <= start < self._upto:
                self._draw_until(start)
            upto = min(stop, self._upto)
            parts.append([array[start - self._first : upto - self._first] for array in self._drawn])
            start = upto
        indices, d_latents, g_latents, g_indices, mixing = map(np.concatenate, zip(*parts))
        reals = self.samples[indices]
        if self.classes:
            labels, g_labels = self.labels[indices], self.labels[g_indices]
            reals = attached(reals, labels, self.classes)
            d_latents = attached(d_latents, labels, self.classes)
            g_latents = attached(g_latents, g_labels, self.classes)
        return Batches(reals, d_latents, g_latents, mixing)

    def _draw_until(self, step: int) -> None:
        """Draws on until `step` is among the steps that are drawn."""
        if self._upto != step or step % BLOCK == 0:
            self._upto = step - step % BLOCK
            self._drawing = self._draw(self._upto)
        while self._upto <= step:
            self._first, self._drawn = self._upto, next(self._drawing)
            self._upto += len(self._drawn[0])

    def _draw(self, first: int) -> Iterator[tuple[np.ndarray, ...]]:
        """Of some steps after others, up to the block's end: real indices, latent points of both
        players, indices of the reals whose classes the generator is asked for, and mixing."""
        block = first // BLOCK
        of_reals, of_d, of_g, of_mixing, of_classes = (
            stream(self.seed, purpose, block)
            for purpose in (
                Purpose.REAL_INDICES, Purpose.DISCRIMINATOR_LATENTS, Purpose.GENERATOR_LATENTS,
                Purpose.MIXING, Purpose.GENERATOR_CLASSES,
            )
        )  # fmt: skip
        for start in range(0, BLOCK, self._steps_at_once):
            count = min(self._steps_at_once, BLOCK - start)
            batches = (count, self.discriminator_steps, self.batch_size)
            if self.sampling == "epoch":
                indices = self._epoch_indices(first + start, count)
            else:
                indices = of_reals.integers(len(self.samples), size=batches)
            yield (
                indices,
                latent_points(of_d, self.noise, (*batches, self.latent_dim)),
                latent_points(of_g, self.noise, (count, self.batch_size, self.latent_dim)),
                of_classes.integers(len(self.samples), size=(count, self.batch_size)),
                of_mixing.random(batches, dtype=np.float32),
            )

    def _epoch_indices(self, first: int, count: int) -> np.ndarray:
        """Of `count` steps from step `first` on."""
        numbers = np.arange(first, first + count)[:, None] * self.discriminator_steps
        passes, batches = divmod(
            numbers + np.arange(self.discriminator_steps), self.batches_per_epoch
        )
        self._passes = {number: self._pass(number) for number in np.unique(passes).tolist()}
        indices = [
            self._passes[number][batch * self.batch_size :][: self.batch_size]
            for number, batch in zip(passes.ravel().tolist(), batches.ravel().tolist())
        ]
        return np.reshape(indices, (*passes.shape, self.batch_size))

    def _pass(self, number: int) -> np.ndarray:
        """The order of all samples in a pass; of the last steps' passes it is still there."""
        if number in self._passes:
            return self._passes[number]
        return stream(self.seed, Purpose.EPOCH_ORDER, number).permutation(len(self.samples))
