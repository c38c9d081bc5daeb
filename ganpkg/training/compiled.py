"""The default engine: the algorithm's moves as compiled gradient steps, many to a call."""

import numpy as np
from keras import ops

from ganpkg import backend
from ganpkg.training.algorithm import iterate
from ganpkg.training.feed import Batches
from ganpkg.training.gan import Gan, frozen, scaled
from ganpkg.training.objectives import OBJECTIVES

LONG_ITERATIONS_PER_CALL = 4  # more gain nothing, and Ctrl-C waits for the end of a call


class CompiledEngine:
    """Runs the same updates as `TextbookEngine`, as one compiled function.

    How it is compiled follows from the networks and the device, because what is fastest
    differs by more than a factor of two: dense networks and GPUs want a compiled loop with
    XLA; convolutions on a CPU want neither.

    Args:
        most_iterations_per_call: what a call runs at most, since their inputs are held at once.
    """

    def __init__(self, gan: Gan, most_iterations_per_call: int = 64):
        self.gan = gan
        gan.generator_optimizer.build(gan.generator.trainable_variables)
        gan.discriminator_optimizer.build(gan.discriminator.trainable_variables)
        moves = CompiledMoves(gan)

        def step(reals, d_latents, g_latents):
            reals = scaled(reals, gan.dtype)
            d_latents, g_latents = ops.cast(d_latents, gan.dtype), ops.cast(g_latents, gan.dtype)
            return ops.stack(iterate(moves, gan.update, reals, d_latents, g_latents))

        if backend.has_gpu() or not has_convolutions(gan):
            self.iterations_per_call = most_iterations_per_call
            self.steps = backend.compile_loop(step, gan.dtype, self.iterations_per_call)
        else:
            self.iterations_per_call = min(LONG_ITERATIONS_PER_CALL, most_iterations_per_call)
            self.steps = backend.compile_unrolled(step, self.iterations_per_call)

    def run(self, batches: Batches) -> np.ndarray:
        """Runs the iterations of `batches`; returns their scores, (count, 5) float64."""
        return self.steps(*batches).astype(np.float64)


def has_convolutions(gan: Gan) -> bool:
    layers = [*gan.generator.layers, *gan.discriminator.layers]
    return any("Conv" in type(layer).__name__ for layer in layers)


class CompiledMoves:
    """The moves of `algorithm.Moves` as gradient steps on `keras.ops`."""

    def __init__(self, gan: Gan):
        self.gan = gan
        self.objective = OBJECTIVES[gan.objective]

    def generate(self, latents):
        return self.gan.generator(latents, training=self.gan.fakes_in_training_mode)

    def train_discriminator_on_fakes(self, fakes):
        def loss():
            logits = self.gan.discriminator(fakes, training=True)
            value = self.objective.fake(logits)
            return value, (value, accuracy(logits <= 0, value.dtype))

        return self._step_discriminator(loss)

    def train_discriminator_on_reals(self, reals):
        def loss():
            logits = self.gan.discriminator(reals, training=True)
            value = self.objective.real(logits)
            return value, (value, accuracy(logits > 0, value.dtype))

        return self._step_discriminator(loss)

    def train_discriminator_on_both(self, fakes, reals):
        def loss():
            logits = self.gan.discriminator(ops.concatenate([fakes, reals]), training=True)
            on_fakes, on_reals = logits[: fakes.shape[0]], logits[fakes.shape[0] :]
            fake, real = self.objective.fake(on_fakes), self.objective.real(on_reals)
            return fake + real, (
                (fake, accuracy(on_fakes <= 0, fake.dtype)),
                (real, accuracy(on_reals > 0, real.dtype)),
            )

        return self._step_discriminator(loss)

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
        return value


def accuracy(right, dtype):
    """The share of True, as a scalar."""
    return ops.mean(ops.cast(right, dtype))
