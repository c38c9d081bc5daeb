"""The random inputs of every iteration, as a function of (seed, step, purpose).

They do not depend on the number of steps per call, on the engine or on the backend. Therefore
training can resume at any step, given its number alone.
"""

from collections.abc import Iterator

import numpy as np

from ganpkg.labels import append_codes
from ganpkg.randomness import Purpose, latent_points, stream

BLOCK = 32  # steps per random stream: opening a stream takes as long as drawing 1,000 numbers
MAX_NUMBERS = 2**22  # in the latent points that are drawn at once, but at least one step


def batch_axis(name: str) -> int:
    """The batch axis in an array of `Feed.batches`. What is for the generator's step has a name
    that begins with `g_`."""
    return 1 if name.startswith("g_") else 2


class Feed:
    """Real batches and latent points for any range of steps.

    Args:
        samples: (n, *sample), possibly memory-mapped.
        labels: (n,), the classes of the samples, from 0 to classes - 1, for a conditional GAN.
        classes: 0 unless the GAN is conditional.
    """

    def __init__(self, params, samples, labels=None, classes=0):
        self.params, self.samples, self.labels, self.classes = params, samples, labels, classes
        self.objective = params.room("objective")
        # Further noise for each sample of a batch, uniform from 0 to 1. The numbers depend on the
        # name, not on the other entries.
        self.noise_shapes = params.augmentation.noise_shapes(self.objective)
        self.batches_per_epoch = len(samples) // params.batch_size
        numbers = params.batch_size * (params.discriminator_steps + 1) * params.latent_dim
        self._steps_at_once = min(BLOCK, max(1, MAX_NUMBERS // numbers))
        # `_block` has the inputs of the steps from `_first` to `_stop` - 1; `_draws` yields those
        # of the next steps.
        self._draws = iter(())
        self._first = self._stop = 0
        self._block: dict[str, np.ndarray] = {}
        self._passes: dict[int, np.ndarray] = {}

    def bytes_per_iteration(self) -> int:
        return sum(array.nbytes for array in self.batches(0, 1).values())

    def batches(self, start: int, stop: int) -> dict[str, np.ndarray]:
        """The inputs of the `count` steps from `start` to `stop` - 1.

        Returns:
            `reals`: (count, discriminator_steps, batch, *sample), as stored.
            `d_latents`: (count, discriminator_steps, batch, latent), float32.
            `g_latents`: (count, batch, latent), float32.
            `g_reals`: (count, batch, *sample), only if the objective has `generator_reals`.
            Each of `noise_shapes`: (count, discriminator_steps, batch, *shape), or (count, batch,
            *shape) if its name begins with `g_`, float32.

            For a conditional GAN, class codes are appended to samples and latent points. The
            discriminator's fakes have the classes of the reals; the generator's have the classes
            of other random reals.
        """
        parts = []
        while start < stop:
            if not self._first <= start < self._stop:
                self._draw_up_to(start)
            end = min(stop, self._stop)
            steps = slice(start - self._first, end - self._first)
            parts.append({name: array[steps] for name, array in self._block.items()})
            start = end
        arrays = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        indices, g_indices = arrays.pop("indices"), arrays.pop("g_indices", None)
        batches = {"reals": self.samples[indices], **arrays}
        if self.objective.generator_reals:
            batches["g_reals"] = self.samples[g_indices]
        if self.classes:
            for name in batches.keys() - self.noise_shapes.keys():
                labels = self.labels[g_indices if batch_axis(name) == 1 else indices]
                batches[name] = append_codes(batches[name], labels, self.classes)
        return batches

    def _draw_up_to(self, step: int) -> None:
        """Draws further steps until `step` is among them."""
        if self._stop != step or step % BLOCK == 0:
            self._stop = step - step % BLOCK
            self._draws = self._draw(self._stop)
        while self._stop <= step:
            self._first, self._block = self._stop, next(self._draws)
            self._stop += len(self._block["indices"])

    def _draw(self, first: int) -> Iterator[dict[str, np.ndarray]]:
        """Draws the block from step `first` on, some steps at a time.

        Yields latent points and noise as `batches` returns them, and the indices of the reals.
        """
        purposes = {
            "indices": Purpose.REAL_INDICES,
            "d_latents": Purpose.DISCRIMINATOR_LATENTS,
            "g_latents": Purpose.GENERATOR_LATENTS,
            **{name: name for name in self.noise_shapes},
        }
        if self.classes or self.objective.generator_reals:
            purposes["g_indices"] = Purpose.GENERATOR_REALS
        block = first // BLOCK
        streams = {name: stream(self.params.seed, of, block) for name, of in purposes.items()}
        for start in range(0, BLOCK, self._steps_at_once):
            count = min(self._steps_at_once, BLOCK - start)
            yield {
                name: self._draw_named(name, random, first + start, count)
                for name, random in streams.items()
            }

    def _draw_named(self, name: str, random: np.random.Generator, first: int, count: int):
        """Draws one of these arrays for `count` steps from step `first` on."""
        params = self.params
        g_batches = count, params.batch_size
        batches = count, params.discriminator_steps, params.batch_size
        match name:
            case "indices" if params.sampling == "epoch":
                return self._epoch_indices(first, count)
            case "indices":
                return random.integers(len(self.samples), size=batches)
            case "d_latents":
                return latent_points(random, params.noise, (*batches, params.latent_dim))
            case "g_latents":
                return latent_points(random, params.noise, (*g_batches, params.latent_dim))
            case "g_indices":
                return random.integers(len(self.samples), size=g_batches)
        sizes = g_batches if batch_axis(name) == 1 else batches
        return random.random((*sizes, *self.noise_shapes[name]), dtype=np.float32)

    def _epoch_indices(self, first: int, count: int) -> np.ndarray:
        """The indices of the reals of `count` steps from step `first` on: each pass is shuffled and
        cut into batches, without the remainder that is smaller than a batch."""
        size, d_steps = self.params.batch_size, self.params.discriminator_steps
        numbers = np.arange(first, first + count)[:, None] * d_steps + np.arange(d_steps)
        passes, batches = divmod(numbers, self.batches_per_epoch)
        self._passes = {number: self._pass(number) for number in np.unique(passes).tolist()}
        indices = [
            self._passes[number][batch * size :][:size]
            for number, batch in zip(passes.ravel().tolist(), batches.ravel().tolist())
        ]
        return np.reshape(indices, (*passes.shape, size))

    def _pass(self, number: int) -> np.ndarray:
        """The order of the samples in a pass. The passes of the last steps are cached."""
        if number in self._passes:
            return self._passes[number]
        return stream(self.params.seed, Purpose.EPOCH_ORDER, number).permutation(len(self.samples))
