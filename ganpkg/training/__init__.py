"""The algorithm (`algorithm.py`), its two engines, what feeds them and what drives them."""

from ganpkg import networks
from ganpkg.training.compiled import CompiledEngine
from ganpkg.training.feed import Feed
from ganpkg.training.gan import Gan
from ganpkg.training.textbook import TextbookEngine

MOST_BYTES_PER_CALL = 2**26  # of inputs; beyond that more iterations a call gain nothing


def build_gan(params, sample_shape: tuple[int, ...]) -> Gan:
    """The game that params.yaml describes, on samples of one shape, with fresh weights."""
    import keras

    return Gan(
        *networks.build(params, sample_shape),
        *(
            keras.optimizers.Adam(rate, beta_1=params.beta_1)
            for rate in (params.generator_learning_rate, params.discriminator_learning_rate)
        ),
        params.objective,
        params.update,
    )


def build_feed(params, samples) -> Feed:
    """The feed that params.yaml describes; `samples` is (n, *sample) uint8."""
    return Feed(
        samples,
        seed=params.seed,
        batch_size=params.batch_size,
        latent_dim=params.latent_dim,
        discriminator_steps=params.discriminator_steps,
        sampling=params.sampling,
    )


def build_engine(params, gan: Gan, feed: Feed) -> CompiledEngine | TextbookEngine:
    """The engine that params.yaml names."""
    if params.engine == "textbook":
        return TextbookEngine(gan)
    return CompiledEngine(gan, min(64, max(1, MOST_BYTES_PER_CALL // feed.bytes_per_iteration)))
