"""The textbook's engine: a composite Keras model, `predict` and `train_on_batch`.

It exists to be read, and as the reference for the compiled engine. It differs from books for
Keras 2 in one point. In Keras 2 it was enough to compile the composite model after
`discriminator.trainable = False`, because `compile` remembered the flag. Keras 3 reads the flag
when it traces the first update. Therefore the flag is set around each kind of update; otherwise
the discriminator would silently never learn.
"""

import keras
import numpy as np
from keras import ops

from ganpkg.training.algorithm import Scores, iterate
from ganpkg.training.gan import Gan, frozen


def mean_where(condition, score, name):
    """A metric: the mean of `score` over the samples whose labels satisfy the condition."""

    def mean(labels, outputs):
        mask = ops.cast(condition(labels), outputs.dtype)
        values = ops.cast(ops.reshape(score(labels, outputs), (-1, 1)), outputs.dtype)
        return ops.sum(values * mask) / ops.maximum(ops.sum(mask), 1)

    return keras.metrics.MeanMetricWrapper(mean, name=name)


class TextbookEngine:
    """Runs one iteration after another in plain Keras."""

    iterations_per_call = 1

    def __init__(self, gan: Gan):
        self.gan = gan
        self.moves = TextbookMoves(gan)

    def run(self, batches: dict) -> np.ndarray:
        """Runs the iterations of `batches`; returns their scores, (count, 5) float64."""
        reals = ops.convert_to_numpy(self.gan.to_networks(batches["reals"]))
        batches, rows = {**batches, "reals": reals}, []
        for index in range(len(reals)):
            inputs = {name: array[index] for name, array in batches.items()}
            rows.append(iterate(self.moves, self.gan.update, inputs))
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(Scores._fields))


class TextbookMoves:
    """The moves of `algorithm.Moves` as a reader of a Keras textbook knows them."""

    def __init__(self, gan: Gan):
        self.gan, self.d_noise_names, self.g_noise_names = gan, (), ()
        loss, self.real_label, self.fake_label, generator_loss = gan.objective.keras_losses()
        middle = (self.real_label + self.fake_label) / 2  # a label below it means fake

        def is_fake(labels):
            return labels < middle

        def is_real(labels):
            return labels > middle

        def accuracy(labels, outputs):
            return is_real(labels) == (outputs > gan.objective.boundary)

        gan.discriminator.compile(
            loss=loss,
            optimizer=gan.discriminator_optimizer,
            metrics=[  # on the batch, before its step
                mean_where(is_fake, loss, "fake_loss"),
                mean_where(is_fake, accuracy, "fake_accuracy"),
                mean_where(is_real, loss, "real_loss"),
                mean_where(is_real, accuracy, "real_accuracy"),
            ],
        )
        self.composite = keras.Sequential([gan.generator, gan.discriminator], name="composite")
        self.composite.compile(loss=generator_loss, optimizer=gan.generator_optimizer)

    def generate(self, latents):
        if self.gan.fakes_in_training_mode:
            return ops.convert_to_numpy(self.gan.generator(latents, training=True))
        return self.gan.generator.predict(latents, batch_size=len(latents), verbose=0)

    def train_discriminator_on_fakes(self, fakes, noise):
        fake, _ = self._train(fakes, self._labels(fakes, self.fake_label))
        return fake

    def train_discriminator_on_reals(self, reals, noise):
        _, real = self._train(reals, self._labels(reals, self.real_label))
        return real

    def train_discriminator_on_both(self, fakes, reals, noise):
        samples = np.concatenate([fakes, reals])
        labels = [self._labels(fakes, self.fake_label), self._labels(reals, self.real_label)]
        # Keras averages the loss over both halves; the sum of the two means is twice that.
        return self._train(samples, np.concatenate(labels), np.full(len(samples), 2.0))

    def _train(self, samples, labels, weights=None):
        """Returns (loss, accuracy) on the fakes in the batch, and on the reals."""
        scores = self.gan.discriminator.train_on_batch(samples, labels, weights, return_dict=True)
        fake = scores["fake_loss"], scores["fake_accuracy"]
        return fake, (scores["real_loss"], scores["real_accuracy"])

    def train_generator(self, latents, reals, noise):
        with frozen(self.gan.discriminator):  # at every update, as Keras 3 needs it
            loss = self.composite.train_on_batch(latents, self._labels(latents, 1))
        self.gan.update_average()
        return loss

    def _labels(self, samples, label):
        return np.full((len(samples), 1), label, self.gan.dtype)
