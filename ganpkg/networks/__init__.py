"""Generators and discriminators, by the name of their architecture."""

import math
from typing import TYPE_CHECKING

import numpy as np

from ganpkg.networks import conditional, dcgan, maxout, mlp

if TYPE_CHECKING:
    import keras

    from ganpkg.params import Params

CLIPPED = "wasserstein"  # the objective whose critic's weights stay within a box


def build(
    params: "Params", samples: np.ndarray, classes: int = 0
) -> tuple["keras.Model", "keras.Model"]:
    """The generator and the discriminator that params.yaml describes.

    Args:
        samples: the train split, (n, *sample).
        classes: how many there are, if both networks are told the class.
    """
    inputs, shape = params.latent_dim + classes, samples.shape[1:]
    # Dense networks take an image's values and its class's code in one row.
    seen = (math.prod(shape) + classes,) if classes else shape
    if params.architecture == "mlp":
        pair = (
            mlp.generator(inputs, shape, params.generator_units),
            mlp.discriminator(seen, params.discriminator_units),
        )
    elif params.architecture == "maxout":
        pair = (
            maxout.generator(inputs, shape, params.generator_units, samples.mean(axis=0)),
            maxout.discriminator(seen, params.discriminator_units, params.seed),
        )
    else:
        options = params.filters, params.discriminator_normalization
        pair = (
            dcgan.generator(inputs, shape, params.filters),
            conditional.dcgan_discriminator(shape, classes, *options)
            if classes
            else dcgan.discriminator(shape, *options),
        )
    if classes:
        pair = conditional.generator(pair[0], classes), pair[1]
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
