"""All networks and objectives train with every option at once; their pairs: see trainings.py."""

from itertools import cycle

import numpy as np
import pytest

from ganpkg.params import Params
from ganpkg.training import build
from ganpkg.training.objectives import OBJECTIVES
from tests.training.conftest import weights

SMALL = {"generator_units": [16], "discriminator_units": [8], "filters": 4, "batch_size": 16}


@pytest.mark.slow_but_one
@pytest.mark.parametrize(
    "architecture, objective", zip(cycle(["mlp", "dcgan", "maxout"]), OBJECTIVES)
)
def test_a_few_iterations(shipped, digits, architecture, objective):
    changes = {
        **SMALL,
        "architecture": architecture,
        "objective": objective,
        "update": "joint",
        "discriminator_normalization": "layer",
        "discriminator_steps": 2,
        "noise": "uniform",
        "r1": 1.0,
        "ema_decay": 0.9,
        "generator_optimizer": "sgd",
        "generator_momentum_rise": 0.2,
        "discriminator_optimizer": "rmsprop",
    }
    params = Params(**{**shipped, **changes})
    samples = digits if architecture != "dcgan" else digits.repeat(2, axis=1).repeat(2, axis=2)
    gan, feed = build.gan(params, samples), build.feed(params, samples)
    start = [weights(network) for network in (gan.generator, gan.discriminator, gan.average)]
    scores = build.engine(params, gan, feed).run(feed.batches(0, 4))
    assert scores.shape == (4, 5) and np.isfinite(scores).all()
    end = [weights(network) for network in (gan.generator, gan.discriminator, gan.average)]
    for before, after in zip(start, end):
        assert np.isfinite(after).all() and not np.array_equal(before, after)
    if objective == "wasserstein":
        for variable in gan.discriminator.trainable_variables:
            assert np.abs(variable).max() <= 0.01 + 1e-9
