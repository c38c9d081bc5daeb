"""All networks and objectives train with every option at once; their pairs: see trainings.py."""

from itertools import cycle

import numpy as np
import pytest

from ganpkg.kinds.images import Images
from ganpkg.section import choices
from ganpkg.training import build
from ganpkg.training.feed import Feed
from tests.training.conftest import weights

SMALL = {
    "mlp.generator_units": [16], "mlp.discriminator_units": [8], "maxout.generator_units": [16],
    "maxout.discriminator_units": [8], "dcgan.filters": 4, "resnet.filters": 8, "batch_size": 16,
}  # fmt: skip


@pytest.mark.slow_but_one
@pytest.mark.parametrize(
    "architecture, objective", zip(cycle(choices("ganpkg.networks")), choices("ganpkg.objectives"))
)
def test_a_few_iterations(shipped, digits, architecture, objective):
    changes = {
        **SMALL,
        "architecture": architecture,
        "objective": objective,
        "update": "joint",
        "dcgan.normalization": "layer",
        "discriminator_steps": 2,
        "noise": "uniform",
        "r1": 1.0,
        "ema_decay": 0.9,
        "generator.optimizer": "sgd",
        "generator.momentum_rise": 0.2,
        "discriminator.optimizer": "rmsprop",
    }
    params = shipped.changed(changes)
    samples = digits if architecture != "dcgan" else digits.repeat(2, axis=1).repeat(2, axis=2)
    gan, feed = build.gan(params, samples, Images()), Feed(params, samples)
    start = [weights(network) for network in (gan.generator, gan.discriminator, gan.average)]
    scores = build.engine(params, gan, feed).run(feed.batches(0, 4))
    assert scores.shape == (4, 5) and np.isfinite(scores).all()
    end = [weights(network) for network in (gan.generator, gan.discriminator, gan.average)]
    for before, after in zip(start, end):
        assert np.isfinite(after).all() and not np.array_equal(before, after)
    if objective == "wasserstein":
        for variable in gan.discriminator.trainable_variables:
            assert np.abs(variable).max() <= 0.01 + 1e-9
