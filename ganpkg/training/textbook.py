"""The textbook's engine: a composite Keras model, `predict` and `train_on_batch`.

It is here to be read, and to be what the compiled engine is compared with. One thing
differs from what books print for Keras 2. There, compiling the composite model after
`discriminator.trainable = False` was enough, because `compile` remembered the flag. Keras 3
reads the flag when it traces the first update, so it has to be set around each kind of
update; otherwise the discriminator silently never learns.
"""

import keras
import numpy as np

from ganpkg.training.algorithm import Scores, iterate
from ganpkg.training.feed import Batches
from ganpkg.training.gan import Gan, frozen, scaled


class TextbookEngine:
    """Runs one iteration after the other in plain Keras."""

    iterations_per_call = 1

    def __init__(self, gan: Gan):
        self.gan = gan
        self.moves = TextbookMoves(gan)

    def run(self, batches: Batches) -> np.ndarray:
        """Runs the iterations of `batches`; returns their scores, (count, 5) float64."""
        reals = keras.ops.convert_to_numpy(scaled(batches.reals, self.gan.dtype))
        rows = [
            iterate(self.moves, self.gan.update, *inputs)
            for inputs in zip(reals, batches.d_latents, batches.g_latents)
        ]
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(Scores._fields))


class TextbookMoves:
    """The moves of `algorithm.Moves` as a reader of a Keras textbook knows them."""

    def __init__(self, gan: Gan):
        self.gan = gan
        cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
        gan.discriminator.compile(
            loss=cross_entropy,
            optimizer=gan.discriminator_optimizer,
            metrics=[keras.metrics.BinaryAccuracy(threshold=0.0)],
        )
        self.composite = keras.Sequential([gan.generator, gan.discriminator], name="composite")
        self.composite.compile(
            loss={
                "non_saturating": cross_entropy,
                "minimax": lambda ones, logits: -cross_entropy(1 - ones, logits),
            }[gan.objective],
            optimizer=gan.generator_optimizer,
        )

    def generate(self, latents):
        if self.gan.fakes_in_training_mode:
            return keras.ops.convert_to_numpy(self.gan.generator(latents, training=True))
        return self.gan.generator.predict(latents, batch_size=len(latents), verbose=0)

    def train_discriminator_on_fakes(self, fakes):
        return self.gan.discriminator.train_on_batch(fakes, np.zeros((len(fakes), 1)))

    def train_discriminator_on_reals(self, reals):
        return self.gan.discriminator.train_on_batch(reals, np.ones((len(reals), 1)))

    def train_discriminator_on_both(self, fakes, reals):
        discriminator = self.gan.discriminator
        zeros, ones = np.zeros((len(fakes), 1)), np.ones((len(reals), 1))
        fake = discriminator.test_on_batch(fakes, zeros)
        real = discriminator.test_on_batch(reals, ones)
        # Keras averages the loss over both halves; the sum of the two means is twice that.
        discriminator.train_on_batch(
            np.concatenate([fakes, reals]),
            np.concatenate([zeros, ones]),
            sample_weight=np.full(len(fakes) + len(reals), 2.0),
        )
        return fake, real

    def train_generator(self, latents):
        with frozen(self.gan.discriminator):
            return self.composite.train_on_batch(latents, np.ones((len(latents), 1)))
