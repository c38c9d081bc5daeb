"""`keras_fit.FitGan` for JAX, whose `train_step` must be a pure function of the state."""

import jax
import keras
from jax import numpy as jnp

BINARY = keras.losses.BinaryCrossentropy(from_logits=True)


class FitGan(keras.Model):
    """A custom `train_step` as Keras' guides show it, with the textbook's three updates.

    Keras keeps the state of one optimiser, the discriminator's; that of the generator's is
    kept among the variables that are not trained. The discriminator must have none of those.
    """

    def __init__(self, generator, discriminator, latent_dim):
        super().__init__()
        self.generator, self.discriminator = generator, discriminator
        self.latent_dim = latent_dim
        self.built = True

    def compile(self, generator_optimizer, discriminator_optimizer, **options):
        super().compile(discriminator_optimizer, **options)
        self.generator_optimizer = generator_optimizer
        self.moments = list(generator_optimizer.variables)

    def train_step(self, state, data):
        trainable, rest, d_moments, metrics = state
        weights = len(self.generator.trainable_variables)
        g, d = trainable[:weights], trainable[weights:]
        g_moments, statistics = rest[: len(self.moments)], rest[len(self.moments) :]
        pixels, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        reals = pixels.astype("float32") / 127.5 - 1.0
        key = jax.random.fold_in(jax.random.key(0), d_moments[0])
        latents = jax.random.normal(key, (2, len(reals), self.latent_dim))

        fakes, _ = self.generator.stateless_call(g, statistics, latents[0], training=False)
        d, d_moments, on_fakes = self.step_discriminator(d, d_moments, fakes, jnp.zeros)
        d, d_moments, on_reals = self.step_discriminator(d, d_moments, reals, jnp.ones)

        def loss(g):
            fakes, changed = self.generator.stateless_call(g, statistics, latents[1], training=True)
            logits, _ = self.discriminator.stateless_call(d, [], fakes, training=True)
            return BINARY(jnp.ones(logits.shape), logits), changed

        (g_loss, statistics), found = jax.value_and_grad(loss, has_aux=True)(g)
        g, g_moments = self.generator_optimizer.stateless_apply(g_moments, found, g)
        logs = {"d_loss": on_fakes + on_reals, "g_loss": g_loss}
        return logs, (g + d, g_moments + statistics, d_moments, metrics)

    def step_discriminator(self, weights, moments, samples, labels):
        def loss(weights):
            logits, _ = self.discriminator.stateless_call(weights, [], samples, training=True)
            return BINARY(labels(logits.shape), logits)

        value, found = jax.value_and_grad(loss)(weights)
        weights, moments = self.optimizer.stateless_apply(moments, found, weights)
        return weights, moments, value
