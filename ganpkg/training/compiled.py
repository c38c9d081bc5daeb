"""The default engine: the algorithm's moves as compiled gradient steps, many per call."""

import numpy as np
from keras import ops

from ganpkg import backend
from ganpkg.objectives import penalties
from ganpkg.training.algorithm import Scores, iterate
from ganpkg.training.feed import BATCH_AXES
from ganpkg.training.gan import Gan, frozen

LONG_ITERATIONS_PER_CALL = 4  # more are no faster, and Ctrl-C waits for the end of a call


class CompiledEngine:
    """Runs the same updates as `TextbookEngine` in one compiled function.

    (Exception: with XLA, TensorFlow's random layers, which `maxout` has, draw other numbers from
    the same seed.)

    The fastest way to compile depends on the networks and the device, by more than a factor of
    two. Dense networks, and all networks on a GPU, get a compiled loop with XLA. Convolutions on a
    CPU get neither.

    Args:
        max_iterations_per_call: limits the inputs that are in memory at the same time.
    """

    def __init__(self, gan: Gan, max_iterations_per_call: int = 64):
        self.gan = gan
        moves = CompiledMoves(gan)
        axes = (
            BATCH_AXES
            if gan.objective.generator_reals
            else {k: v for k, v in BATCH_AXES.items() if k != "g_reals"}
        )
        axes = axes | dict.fromkeys(gan.objective.noise, 2)
        self.names, batch_axes = list(axes), list(axes.values())

        def step(*arrays):
            batches = {
                name: gan.to_networks(array)
                if name.endswith("reals")
                else ops.cast(array, gan.dtype)
                for name, array in zip(self.names, arrays)
            }
            return ops.stack(iterate(moves, gan.update, batches))

        if backend.has_gpu() or not has_convolutions(gan):
            self.iterations_per_call = max_iterations_per_call
            width = len(Scores._fields)
            self.steps = backend.compile_loop(
                step, gan.variables, width, gan.dtype, self.iterations_per_call, batch_axes
            )
        else:
            self.iterations_per_call = min(LONG_ITERATIONS_PER_CALL, max_iterations_per_call)
            self.steps = backend.compile_long(
                step, gan.variables, self.iterations_per_call, batch_axes
            )

    def run(self, batches: dict) -> np.ndarray:
        """Runs the iterations of `batches`; returns their scores, (count, 5) float64."""
        arrays = [batches[name] for name in self.names]
        return self.steps(*arrays).astype(np.float64)


def has_convolutions(gan: Gan) -> bool:
    def within(layer):
        return any(map(within, getattr(layer, "layers", []))) or "Conv" in type(layer).__name__

    return within(gan.generator) or within(gan.discriminator)


class CompiledMoves:
    """The moves of `algorithm.Moves` as gradient steps on `keras.ops`."""

    def __init__(self, gan: Gan):
        self.gan, self.objective, self.noise = gan, gan.objective, gan.objective.noise
        self.critic = Critic(gan)

    def generate(self, latents):
        return self.gan.generator(latents, training=self.gan.fakes_in_training_mode)

    def train_discriminator_on_fakes(self, fakes):
        def loss():
            scores = self.objective.score_fakes(self.critic(fakes))
            return scores[0], scores

        return self._step_discriminator(loss)

    def train_discriminator_on_reals(self, reals):
        def loss():
            scores = self.objective.score_reals(self.critic(reals))
            return scores[0] + self._penalty(reals), scores

        return self._step_discriminator(loss)

    def train_discriminator_on_both(self, fakes, reals, noise):
        def loss():
            value, scores = self.objective.discriminator(self.critic, reals, fakes, noise)
            return value + self._penalty(reals), scores

        scores = self._step_discriminator(loss)
        fake = scores.loss_fake, scores.accuracy_fake
        return fake, (scores.loss_real, scores.accuracy_real)

    def train_generator(self, latents, reals):
        def loss():
            fakes = self.gan.generator(latents, training=True)
            return self.objective.generator(self.critic, fakes, reals), None

        variables = self.gan.generator.trainable_variables
        with frozen(self.gan.discriminator):
            value, _, gradients = backend.value_and_gradients(loss, variables)
        self.gan.generator_optimizer.apply(gradients, variables)
        self.gan.update_average()
        return value

    def _penalty(self, reals):
        return self.gan.r1 * penalties.r1(self.critic.slopes(reals)) if self.gan.r1 else 0.0

    def _step_discriminator(self, loss):
        variables = self.gan.discriminator.trainable_variables
        _, scores, gradients = backend.value_and_gradients(loss, variables)
        self.gan.discriminator_optimizer.apply(gradients, variables)
        return scores


class Critic:
    """The discriminator in training mode, as objectives call it."""

    def __init__(self, gan: Gan):
        self.discriminator, self.classes = gan.discriminator, gan.classes

    def __call__(self, samples):
        return self.discriminator(samples, training=True)

    def slopes(self, samples):
        """The gradients of the logits with respect to the values of the samples, without those
        with respect to class codes."""
        slopes = backend.gradients(self, samples)
        return slopes[:, : -self.classes] if self.classes else slopes
