"""Builds the game, its feed and its engine from the parameters."""

from ganpkg.kinds import Kind
from ganpkg.networks import architecture
from ganpkg.training import fine_tuning
from ganpkg.training.compiled import CompiledEngine
from ganpkg.training.feed import Feed
from ganpkg.training.gan import Gan
from ganpkg.training.textbook import TextbookEngine

MAX_BYTES_PER_CALL = 2**26  # of inputs; longer calls are no faster


def gan(params, samples, kind: Kind, classes: int = 0, start=None) -> Gan:
    """The game before the first step.

    Args:
        samples: the train split, (n, *sample).
        kind: the kind of the samples.
        classes: the number of classes if the GAN is conditional, otherwise 0.
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
    per_epoch = len(samples) // params.batch_size
    updates = params.discriminator_steps * (2 if params.update == "separate" else 1)
    annealing = params.annealing
    return Gan(
        generator,
        discriminator,
        params.generator.build(per_epoch, annealing),
        params.discriminator.build(per_epoch * updates, annealing, updates),
        params.room("objective"),
        params.update,
        kind,
        params.r1,
        params.r2,
        average,
        annealing.average_decay(params.ema_decay),
        classes,
        params.augmentation.build(samples.shape[1:], classes, params.batch_size),
        annealing.schedule(1.0, annealing.penalties, updates) if annealing else None,
    )


def feed(params, gan: Gan, samples, labels=None) -> Feed:
    """The feed from the train split.

    Args:
        labels: the classes of the samples, (n,), if the GAN is conditional.
    """
    return Feed(
        samples,
        seed=params.seed,
        batch_size=params.batch_size,
        latent_dim=params.latent_dim,
        noise=params.noise,
        discriminator_steps=params.discriminator_steps,
        sampling=params.sampling,
        labels=labels,
        classes=gan.classes,
        noise_shapes=gan.noise_shapes,
        generator_reals=gan.objective.generator_reals,
    )


def engine(params, gan: Gan, feed: Feed) -> CompiledEngine | TextbookEngine:
    """The engine, `compiled` or `textbook`."""
    if params.engine == "textbook":
        return TextbookEngine(gan)
    return CompiledEngine(gan, min(64, max(1, MAX_BYTES_PER_CALL // feed.bytes_per_iteration())))
