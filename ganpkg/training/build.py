"""Builds the GAN and its engine from the parameters."""

from ganpkg.kinds import Kind
from ganpkg.networks import architecture
from ganpkg.training import fine_tuning
from ganpkg.training.algorithm import iterations
from ganpkg.training.augmentation import Augmenter
from ganpkg.training.compiled import MAX_ITERATIONS_PER_CALL, CompiledEngine
from ganpkg.training.feed import Feed
from ganpkg.training.gan import Gan
from ganpkg.training.textbook import TextbookEngine

MAX_BYTES_PER_CALL = 2**26  # of inputs; longer calls are no faster


def gan(params, samples, kind: Kind, classes: int = 0, start=None) -> Gan:
    """The GAN before its first step.

    Args:
        samples: the train split, (n, *sample).
        classes: 0 unless the GAN is conditional.
        start: the `fine_tuning.Networks` whose weights it starts with; None starts at random.
    """
    task = architecture.Task(
        params.latent_dim, samples.shape[1:], kind, classes, params.seed, samples
    )
    generator, discriminator = architecture.build(params, task)
    if start:
        fine_tuning.initialize(generator, discriminator, start)
        fine_tuning.freeze(discriminator, params.frozen_layers)
    average = None
    if params.ema_decay:
        average = type(generator).from_config(generator.get_config())
        average.set_weights(generator.get_weights())
    per_epoch = iterations(len(samples), params.batch_size, epochs=1)
    updates = params.discriminator_steps * (2 if params.update == "separate" else 1)
    annealing, penalty_schedule = params.annealing, None
    if annealing.on:
        penalty_schedule = annealing.schedule(1.0, annealing.penalties, updates)
    augmenter = None
    if params.augmentation.on:
        augmenter = Augmenter(params.augmentation, samples.shape[1:], classes, params.batch_size)
    return Gan(
        generator,
        discriminator,
        params.generator.build(per_epoch, annealing),
        params.discriminator.build(per_epoch, annealing, updates),
        params.room("objective"),
        params.update,
        kind,
        r1=params.r1,
        r2=params.r2,
        average=average,
        average_decay=annealing.average_decay(params.ema_decay),
        classes=classes,
        augmentation=augmenter,
        penalty_schedule=penalty_schedule,
    )


def engine(params, gan: Gan, feed: Feed) -> CompiledEngine | TextbookEngine:
    """The engine, `compiled` or `textbook`."""
    if params.engine == "textbook":
        return TextbookEngine(gan)
    count = max(1, MAX_BYTES_PER_CALL // feed.bytes_per_iteration())
    return CompiledEngine(gan, min(MAX_ITERATIONS_PER_CALL, count))
