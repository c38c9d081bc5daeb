"""The random inputs of every iteration, as a function of (seed, step, purpose).

Nothing depends on how many steps are asked for at once, on the engine or on the backend,
and training can resume at any step knowing that step alone.
"""

from collections.abc import Iterator

import numpy as np

from ganpkg.labels import append_codes
from ganpkg.randomness import Purpose, latent_points, stream

BLOCK = 32  # steps drawn from one stream: a stream costs as much to open as 1,000 numbers
MOST_NUMBERS = 2**22  # of latent points drawn at once, if that is no less than a step


BATCH_AXES = {"reals": 2, "d_latents": 2, "g_latents": 1, "g_reals": 1}
"""Where in the arrays of `Feed.batches` the batch is; in those of noise it is at 2."""


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
        named_noise: dict[str, tuple[int, ...]] | None = None,
        generator_reals: bool = False,
    ):
        """
        Args:
            samples: (n, *sample), possibly memory-mapped.
            noise: the distribution of the latent points, as in `randomness.latent_points`.
            sampling: `replacement` draws each real batch at random with replacement;
                `epoch` cuts a fresh permutation of the samples into batches, pass after
                pass (what is left over at the end of a pass waits for the next one).
            labels: (n,) the samples' classes, 0 ... classes - 1, for a conditional GAN.
            named_noise: name -> shape of what else is drawn for each real sample, uniform from 0 to
                1. What is drawn depends on its name and on nothing else here.
            generator_reals: whether the generator's update gets reals of its own.
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
        self.named_noise = named_noise or {}
        self.generator_reals = generator_reals
        self.batches_per_epoch = len(samples) // batch_size
        numbers = batch_size * (discriminator_steps + 1) * latent_dim
        self._steps_at_once = min(BLOCK, max(1, MOST_NUMBERS // numbers))
        self._drawing = iter(())
        self._first = self._upto = 0  # what steps are drawn
        self._drawn: dict[str, np.ndarray] = {}
        self._passes: dict[int, np.ndarray] = {}

    def bytes_per_iteration(self) -> int:
        return sum(array.nbytes for array in self.batches(0, 1).values())

    def batches(self, start: int, stop: int) -> dict[str, np.ndarray]:
        """The inputs of the steps start, start + 1, ... stop - 1, which are `count`.

        Returns:
            `reals`: (count, discriminator_steps, batch, *sample), as they are stored.
            `d_latents`: (count, discriminator_steps, batch, latent), float32.
            `g_latents`: (count, batch, latent), float32.
            `g_reals`: (count, batch, *sample), with `generator_reals`.
            Noise by its name: (count, discriminator_steps, batch, *shape), float32.

            Of a conditional GAN, samples and latent points end in the codes of their classes:
            those of the reals, for the discriminator's fakes as well; of reals drawn anew for the
            generator.
        """
        parts = []
        while start < stop:
            if not self._first <= start < self._upto:
                self._draw_until(start)
            upto = min(stop, self._upto)
            chosen = slice(start - self._first, upto - self._first)
            parts.append({name: array[chosen] for name, array in self._drawn.items()})
            start = upto
        drawn = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        indices, g_indices = drawn.pop("indices"), drawn.pop("g_indices", None)
        batches = {"reals": self.samples[indices], **drawn}
        if self.generator_reals:
            batches["g_reals"] = self.samples[g_indices]
        if self.classes:
            chosen = {"reals": indices, "d_latents": indices}
            chosen |= dict.fromkeys(batches.keys() & {"g_latents", "g_reals"}, g_indices)
            for name, numbers in chosen.items():
                batches[name] = append_codes(batches[name], self.labels[numbers], self.classes)
        return batches

    def _draw_until(self, step: int) -> None:
        """Draws on until `step` is among the steps that are drawn."""
        if self._upto != step or step % BLOCK == 0:
            self._upto = step - step % BLOCK
            self._drawing = self._draw(self._upto)
        while self._upto <= step:
            self._first, self._drawn = self._upto, next(self._drawing)
            self._upto += len(self._drawn["indices"])

    def _draw(self, first: int) -> Iterator[dict[str, np.ndarray]]:
        """Of some steps after others, up to the block's end: the numbers of the reals, what
        `batches` returns of latent points and noise, and the numbers of the generator's reals."""
        purposes = {
            "indices": Purpose.REAL_INDICES,
            "d_latents": Purpose.DISCRIMINATOR_LATENTS,
            "g_latents": Purpose.GENERATOR_LATENTS,
            **{name: name for name in self.named_noise},
        }
        if self.classes or self.generator_reals:
            purposes["g_indices"] = Purpose.GENERATOR_REALS
        block = first // BLOCK
        streams = {name: stream(self.seed, of, block) for name, of in purposes.items()}
        for start in range(0, BLOCK, self._steps_at_once):
            count = min(self._steps_at_once, BLOCK - start)
            yield {
                name: self._draw_named(name, numbers, first + start, count)
                for name, numbers in streams.items()
            }

    def _draw_named(self, name: str, numbers: np.random.Generator, first: int, count: int):
        """Of `count` steps from step `first` on."""
        g_batches = count, self.batch_size
        batches = count, self.discriminator_steps, self.batch_size
        match name:
            case "indices" if self.sampling == "epoch":
                return self._epoch_indices(first, count)
            case "indices":
                return numbers.integers(len(self.samples), size=batches)
            case "d_latents":
                return latent_points(numbers, self.noise, (*batches, self.latent_dim))
            case "g_latents":
                return latent_points(numbers, self.noise, (*g_batches, self.latent_dim))
            case "g_indices":
                return numbers.integers(len(self.samples), size=g_batches)
        return numbers.random((*batches, *self.named_noise[name]), dtype=np.float32)

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
