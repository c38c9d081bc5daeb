"""The random inputs of every iteration, as a function of (seed, step, purpose).

Nothing depends on how many steps are asked for at once, on the engine or on the backend,
and training can resume at any step knowing that step alone.
"""

from typing import NamedTuple

import numpy as np

from ganpkg.labels import attached
from ganpkg.randomness import Purpose, latent_points, stream

BLOCK = 32  # steps drawn from one stream: a stream costs as much to open as 1,000 numbers


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
        self._block_start = None
        self._block = None

    @property
    def bytes_per_iteration(self) -> int:
        sample_bytes = self.samples[0].nbytes + 4 * self.latent_dim
        return self.batch_size * (self.discriminator_steps * sample_bytes + 4 * self.latent_dim)

    def batches(self, start: int, stop: int) -> Batches:
        """The inputs of the steps start, start + 1, ... stop - 1."""
        parts = []
        while start < stop:
            first = start - start % BLOCK
            upto = min(stop, first + BLOCK)
            if first != self._block_start:
                self._block, self._block_start = self._draw(first // BLOCK), first
            parts.append([array[start - first : upto - first] for array in self._block])
            start = upto
        indices, d_latents, g_latents, g_indices, mixing = map(np.concatenate, zip(*parts))
        reals = self.samples[indices]
        if self.classes:
            labels, g_labels = self.labels[indices], self.labels[g_indices]
            reals = attached(reals, labels, self.classes)
            d_latents = attached(d_latents, labels, self.classes)
            g_latents = attached(g_latents, g_labels, self.classes)
        return Batches(reals, d_latents, g_latents, mixing)

    def _draw(self, block: int) -> tuple[np.ndarray, ...]:
        """Of the BLOCK steps of a block: real indices, latent points of both players, indices
        of the reals whose classes the generator is asked for, and mixing."""
        batches = (BLOCK, self.discriminator_steps, self.batch_size)
        if self.sampling == "epoch":
            indices = self._epoch_indices(block)
        else:
            indices = stream(self.seed, Purpose.REAL_INDICES, block).integers(
                len(self.samples), size=batches
            )
        d_latents, g_latents = (
            latent_points(stream(self.seed, purpose, block), self.noise, (*shape, self.latent_dim))
            for purpose, shape in (
                (Purpose.DISCRIMINATOR_LATENTS, batches),
                (Purpose.GENERATOR_LATENTS, (BLOCK, self.batch_size)),
            )
        )
        mixing = stream(self.seed, Purpose.MIXING, block).random(batches, dtype=np.float32)
        g_indices = stream(self.seed, Purpose.GENERATOR_CLASSES, block).integers(
            len(self.samples), size=(BLOCK, self.batch_size)
        )
        return indices, d_latents, g_latents, g_indices, mixing

    def _epoch_indices(self, block: int) -> np.ndarray:
        per_pass = self.batches_per_epoch
        first = block * BLOCK * self.discriminator_steps
        batches = np.arange(first, first + BLOCK * self.discriminator_steps)
        passes = {
            number: stream(self.seed, Purpose.EPOCH_ORDER, int(number)).permutation(
                len(self.samples)
            )
            for number in np.unique(batches // per_pass)
        }
        indices = [
            passes[batch // per_pass][batch % per_pass * self.batch_size :][: self.batch_size]
            for batch in batches
        ]
        return np.reshape(indices, (BLOCK, self.discriminator_steps, self.batch_size))
