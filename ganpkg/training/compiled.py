"""The default engine: the algorithm's moves as compiled gradient steps, many to a call."""

import numpy as np
from keras import ops

from ganpkg import backend
from ganpkg.training.algorithm import Scores, iterate
from ganpkg.training.feed import BATCH_AXES, Batches
from ganpkg.training.gan import Gan, frozen, scaled
from ganpkg.training.objectives import gradient_penalty, r1_penalty

LONG_ITERATIONS_PER_CALL = 4  # more gain nothing, and Ctrl-C waits for the end of a call


class CompiledEngine:
    """Runs the same updates as `TextbookEngine`, as one compiled function.

    (Layers that draw noise, as `maxout` has, draw other noise from the same seed where TensorFlow
    compiles with XLA.)

    How it is compiled follows from the networks and the device, because what is fastest
    differs by more than a factor of two: dense networks and GPUs want a compiled loop with
    XLA; convolutions on a CPU want neither.

    Args:
        most_iterations_per_call: what a call runs at most, since their inputs are held at once.
    """

    def __init__(self, gan: Gan, most_iterations_per_call: int = 64):
        self.gan = gan
        moves = CompiledMoves(gan)

        def step(reals, *noise):
            noise = [ops.cast(array, gan.dtype) for array in noise]
            return ops.stack(iterate(moves, gan.update, scaled(reals, gan.dtype), *noise))

        if backend.has_gpu() or not has_convolutions(gan):
            self.iterations_per_call = most_iterations_per_call
            width = len(Scores._fields)
            self.steps = backend.compile_loop(
                step, gan.variables, width, gan.dtype, self.iterations_per_call, BATCH_AXES
            )
        else:
            self.iterations_per_call = min(LONG_ITERATIONS_PER_CALL, most_iterations_per_call)
            self.steps = backend.compile_long(
                step, gan.variables, self.iterations_per_call, BATCH_AXES
            )

    def run(self, batches: Batches) -> np.ndarray:
        """Runs the iterations of `batches`; returns their scores, (count, 5) float64."""
        return self.steps(*batches).astype(np.float64)


def has_convolutions(gan: Gan) -> bool:
    def within(layer):
        return any(map(within, getattr(layer, "layers", []))) or "Conv" in type(layer).__name__

    return within(gan.generator) or within(gan.discriminator)


class CompiledMoves:
    """The moves of `algorithm.Moves` as gradient steps on `keras.ops`."""

    def __init__(self, gan: Gan):
        self.gan = gan
        self.objective = gan.objective

    def generate(self, latents):
        return self.gan.generator(latents, training=self.gan.fakes_in_training_mode)

    def train_discriminator_on_fakes(self, fakes):
        def loss():
            fake = self._score_fakes(self.gan.discriminator(fakes, training=True))
            return fake[0], fake

        return self._step_discriminator(loss)

    def train_discriminator_on_reals(self, reals):
        def loss():
            real = self._score_reals(self.gan.discriminator(reals, training=True))
            return real[0] + self._r1(reals), real

        return self._step_discriminator(loss)

    def train_discriminator_on_both(self, fakes, reals, mixing):
        def loss():
            logits = self.gan.discriminator(ops.concatenate([fakes, reals]), training=True)
            fake = self._score_fakes(logits[: fakes.shape[0]])
            real = self._score_reals(logits[fakes.shape[0] :])
            penalties = self._r1(reals) + self._gradient_penalty(fakes, reals, mixing)
            return fake[0] + real[0] + penalties, (fake, real)

        return self._step_discriminator(loss)

    def _score_fakes(self, logits):
        return self.objective.fake(logits), share(logits <= self.objective.boundary, logits.dtype)

    def _score_reals(self, logits):
        return self.objective.real(logits), share(logits > self.objective.boundary, logits.dtype)

    def _r1(self, reals):
        if not self.objective.r1:
            return 0.0
        return self.objective.r1 * r1_penalty(self._slopes(reals))

    def _gradient_penalty(self, fakes, reals, mixing):
        if not self.objective.gradient_penalty:
            return 0.0
        mixing = ops.reshape(mixing, (-1, *[1] * (len(reals.shape) - 1)))
        between = mixing * reals + (1 - mixing) * fakes
        return self.objective.gradient_penalty * gradient_penalty(self._slopes(between))

    def _slopes(self, samples):
        """The gradients of the discriminator's outputs with respect to the samples' values."""
        slopes = backend.gradients(lambda x: self.gan.discriminator(x, training=True), samples)
        return slopes[:, : -self.gan.classes] if self.gan.classes else slopes

    def _step_discriminator(self, loss):
        variables = self.gan.discriminator.trainable_variables
        _, scores, gradients = backend.value_and_gradients(loss, variables)
        self.gan.discriminator_optimizer.apply(gradients, variables)
        return scores

    def train_generator(self, latents):
        def loss():
            fakes = self.gan.generator(latents, training=True)
            return self.objective.generator(self.gan.discriminator(fakes, training=True)), None

        variables = self.gan.generator.trainable_variables
        with frozen(self.gan.discriminator):
            value, _, gradients = backend.value_and_gradients(loss, variables)
        self.gan.generator_optimizer.apply(gradients, variables)
        self.gan.update_average()
        return value


def share(right, dtype):
    """The share of True, as a scalar."""
    return ops.mean(ops.cast(right, dtype))
