"""Generators and discriminators, by the name of their architecture."""

from typing import TYPE_CHECKING

from ganpkg.networks import dcgan, mlp

if TYPE_CHECKING:
    import keras

    from ganpkg.params import Params


def build(params: "Params", sample_shape: tuple[int, ...]) -> tuple["keras.Model", "keras.Model"]:
    """The generator and the discriminator that params.yaml describes.

    Args:
        sample_shape: (height, width, channels).
    """
    if params.architecture == "mlp":
        return (
            mlp.generator(params.latent_dim, sample_shape, params.generator_units),
            mlp.discriminator(sample_shape, params.discriminator_units),
        )
    return (
        dcgan.generator(params.latent_dim, sample_shape, params.filters),
        dcgan.discriminator(sample_shape, params.filters),
    )
