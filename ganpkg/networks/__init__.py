"""Generators and discriminators, by the name of their architecture."""

from typing import TYPE_CHECKING

import numpy as np

from ganpkg.networks import dcgan, maxout, mlp

if TYPE_CHECKING:
    import keras

    from ganpkg.params import Params

CLIPPED = "wasserstein"  # the objective whose critic's weights stay within a box


def build(params: "Params", samples: np.ndarray) -> tuple["keras.Model", "keras.Model"]:
    """The generator and the discriminator that params.yaml describes.

    Args:
        samples: the train split, (n, height, width, channels) uint8.
    """
    latent_dim, shape = params.latent_dim, samples.shape[1:]
    if params.architecture == "mlp":
        pair = (
            mlp.generator(latent_dim, shape, params.generator_units),
            mlp.discriminator(shape, params.discriminator_units),
        )
    elif params.architecture == "maxout":
        pair = (
            maxout.generator(latent_dim, shape, params.generator_units, samples.mean(axis=0)),
            maxout.discriminator(shape, params.discriminator_units, params.seed),
        )
    else:
        pair = (
            dcgan.generator(latent_dim, shape, params.filters),
            dcgan.discriminator(shape, params.filters, params.discriminator_normalization),
        )
    if params.objective == CLIPPED:
        clip_weights(pair[1], params.weight_clip)
    return pair


def clip_weights(critic: "keras.Model", limit: float) -> None:
    """After every update, weights lie from -limit to limit.

    Arjovsky et al. 2017, "Wasserstein GAN", algorithm 1, with limit 0.01.
    """
    from keras import ops

    for variable in critic.trainable_variables:
        variable.constraint = lambda weights: ops.clip(weights, -limit, limit)
