"""The default engine: the algorithm's moves as compiled gradient steps, many per call."""

import numpy as np
from keras import ops

from ganpkg import backend
from ganpkg.objectives import penalties
from ganpkg.training import augmentation
from ganpkg.training.algorithm import Scores, iterate
from ganpkg.training.feed import batch_axis
from ganpkg.training.gan import Gan, frozen

MAX_ITERATIONS_PER_CALL = 64
MAX_LONG_ITERATIONS_PER_CALL = 4  # more are no faster, and Ctrl-C waits for the end of a call


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

    def __init__(self, gan: Gan, max_iterations_per_call: int = MAX_ITERATIONS_PER_CALL):
        self.gan = gan
        moves = CompiledMoves(gan)
        self.names = ["reals", "d_latents", "g_latents", *gan.noise_shapes]
        if gan.objective.generator_reals:
            self.names.append("g_reals")
        batch_axes = [batch_axis(name) for name in self.names]

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
            self.iterations_per_call = min(MAX_LONG_ITERATIONS_PER_CALL, max_iterations_per_call)
            self.steps = backend.compile_long(
                step, gan.variables, self.iterations_per_call, batch_axes
            )

    def run(self, batches: dict) -> np.ndarray:
        """Runs the iterations of `batches`; returns their scores, (count, 5) float64."""
        arrays = [batches[name] for name in self.names]
        return self.steps(*arrays).astype(np.float64)


def has_convolutions(gan: Gan) -> bool:
    return any(map(backend.has_convolutions, (gan.generator, gan.discriminator)))


class CompiledMoves:
    """The moves of `algorithm.Moves` as gradient steps on `keras.ops`."""

    def __init__(self, gan: Gan):
        self.gan, self.objective = gan, gan.objective
        self.d_noise_names = [name for name in gan.noise_shapes if batch_axis(name) == 2]
        self.g_noise_names = [name for name in gan.noise_shapes if batch_axis(name) == 1]
        self.discriminator = DiscriminatorInTraining(gan)

    def generate(self, latents):
        return self.gan.generator(latents, training=self.gan.fakes_in_training_mode)

    def train_discriminator_on_fakes(self, fakes, noise):
        return self._train_discriminator("fakes", fakes, self.objective.score_fakes, noise)

    def train_discriminator_on_reals(self, reals, noise):
        real = self._train_discriminator("reals", reals, self.objective.score_reals, noise)
        self._adapt_augmentation(real[1])
        return real

    def _train_discriminator(self, name, samples, score, noise):
        augment = self._augmentation(noise, name)

        def loss():
            scores = score(self.discriminator(augment(samples)))
            return scores[0] + self._penalty(noise, **{name: samples}), scores

        return self._step_discriminator(loss)

    def train_discriminator_on_both(self, fakes, reals, noise):
        augment = self._augmentation(noise, "fakes", "reals")
        samples = ops.concatenate([fakes, reals])

        def loss():
            augmented_fakes, augmented_reals = ops.split(augment(samples), 2)
            value, scores = self.objective.score_discriminator(
                self.discriminator, augmented_reals, augmented_fakes, noise
            )
            return value + self._penalty(noise, fakes=fakes, reals=reals), scores

        fake, real = self._step_discriminator(loss)
        self._adapt_augmentation(real[1])
        return fake, real

    def train_generator(self, latents, reals, noise):
        augment_fakes = self._augmentation(noise, "g_fakes")
        if self.objective.generator_reals:
            reals = self._augmentation(noise, "g_reals")(reals)

        def loss():
            fakes = self.gan.generator(latents, training=True)
            return self.objective.score_generator(
                self.discriminator, augment_fakes(fakes), reals
            ), None

        variables = self.gan.generator.trainable_variables
        with frozen(self.gan.discriminator):
            value, _, gradients = backend.value_and_gradients(loss, variables)
        self.gan.generator_optimizer.apply(gradients, variables)
        self.gan.update_average()
        return value

    def _augmentation(self, noise, *batches: str):
        """The function that augments samples; without augmentation it changes nothing.

        Args:
            batches: the names of the batches that the samples are joined from.
        """
        if not self.gan.augmentation:
            return lambda samples: samples
        numbers = ops.concatenate([noise[augmentation.noise_name(name)] for name in batches])
        return lambda samples: self.gan.augmentation(samples, numbers)

    def _adapt_augmentation(self, accuracy_real):
        if self.gan.augmentation:
            self.gan.augmentation.adapt(accuracy_real)

    def _penalty(self, noise, **batches):
        """R1 and R2, as far as their samples are among the batches.

        The slopes are those at the samples before augmentation.
        """
        weights = {"reals": self.gan.r1, "fakes": self.gan.r2}
        names = [name for name in batches if weights[name]]
        if not names:
            return 0.0
        samples = ops.concatenate([batches[name] for name in names])
        augment = self._augmentation(noise, *names)
        slopes = ops.split(self.discriminator.slopes(samples, augment), len(names))
        values = [weights[name] * penalties.zero_slope(s) for name, s in zip(names, slopes)]
        return self.gan.penalty_factor() * sum(values)

    def _step_discriminator(self, loss):
        variables = self.gan.discriminator.trainable_variables
        _, scores, gradients = backend.value_and_gradients(loss, variables)
        self.gan.discriminator_optimizer.apply(gradients, variables)
        return scores


class DiscriminatorInTraining:
    """The discriminator in training mode, as objectives call it."""

    def __init__(self, gan: Gan):
        self.network, self.classes = gan.discriminator, gan.classes

    def __call__(self, samples):
        return self.network(samples, training=True)

    def slopes(self, samples, augment=lambda samples: samples):
        """The gradients of the logits with respect to the values of the samples, without those
        with respect to class codes.

        Args:
            augment: changes the samples before the discriminator sees them.
        """
        slopes = backend.gradients(lambda samples: self(augment(samples)), samples)
        return slopes[:, : -self.classes] if self.classes else slopes
