"""Generators and discriminators, by the name of their architecture."""

import math
from contextlib import contextmanager
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

    With precision bfloat16, layers compute in it. What sums up many small things stays in
    float32: weights, batch statistics, and the networks' outputs with all that follows, the
    losses above all (Micikevicius et al. 2018, "Mixed precision training", section 3.1).

    Args:
        samples: the train split, (n, *sample).
        classes: how many there are, if both networks are told the class.
    """
    with _computing_in(params.precision):
        pair = _built(params, samples, classes)
    if params.objective == CLIPPED:
        clip_weights(pair[1], params.weight_clip)
    return pair


@contextmanager
def _computing_in(precision: str):
    """Inside, new layers do."""
    import keras

    usual = keras.config.dtype_policy()
    if precision == "bfloat16":
        keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(usual)


def _built(params, samples, classes):
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
    return pair


def clip_weights(critic: "keras.Model", limit: float) -> None:
    """After every update, weights lie from -limit to limit.

    Arjovsky et al. 2017, "Wasserstein GAN", algorithm 1, with limit 0.01.
    """
    from keras import ops

    for variable in critic.trainable_variables:
        variable.constraint = lambda weights: ops.clip(weights, -limit, limit)
