"""What the engines are measured against: the same updates in plain Keras, by `fit`."""

import keras
import tensorflow as tf

BINARY = keras.losses.BinaryCrossentropy(from_logits=True)


class FitGan(keras.Model):
    """A custom `train_step` as Keras' guides show it, with the textbook's three updates."""

    def __init__(self, generator, discriminator, latent_dim):
        super().__init__()
        self.generator, self.discriminator = generator, discriminator
        self.latent_dim = latent_dim
        self.seeds = keras.random.SeedGenerator(0)

    def compile(self, generator_optimizer, discriminator_optimizer, **options):
        super().compile(**options)
        self.generator_optimizer = generator_optimizer
        self.discriminator_optimizer = discriminator_optimizer

    def train_step(self, pixels):
        reals = tf.cast(pixels, tf.float32) / 127.5 - 1.0
        fakes = self.generator(self.latents(reals), training=False)
        on_fakes = self.step_discriminator(fakes, tf.zeros)
        on_reals = self.step_discriminator(reals, tf.ones)
        with tf.GradientTape() as tape:
            logits = self.discriminator(self.generator(self.latents(reals), training=True))
            g_loss = BINARY(tf.ones((tf.shape(reals)[0], 1)), logits)
        variables = self.generator.trainable_variables
        self.generator_optimizer.apply(tape.gradient(g_loss, variables), variables)
        return {"d_loss": on_fakes + on_reals, "g_loss": g_loss}

    def latents(self, reals):
        return keras.random.normal((tf.shape(reals)[0], self.latent_dim), seed=self.seeds)

    def step_discriminator(self, samples, labels):
        with tf.GradientTape() as tape:
            logits = self.discriminator(samples, training=True)
            loss = BINARY(labels((tf.shape(samples)[0], 1)), logits)
        variables = self.discriminator.trainable_variables
        self.discriminator_optimizer.apply(tape.gradient(loss, variables), variables)
        return loss


def dataset(samples, batch_size):
    """The usual input pipeline: shuffled, endless, made ahead of its use."""
    return (
        tf.data.Dataset.from_tensor_slices(samples)
        .shuffle(10_000)
        .repeat()
        .batch(batch_size, drop_remainder=True)
        .prefetch(tf.data.AUTOTUNE)
    )
