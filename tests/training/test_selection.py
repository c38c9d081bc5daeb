"""The networks that are kept are those whose samples were best on the valid split."""

from types import SimpleNamespace

import numpy as np
import pytest

from ganpkg.datasets.dataset import Split
from ganpkg.evaluation import classifier, features
from ganpkg.kinds.images import Images
from ganpkg.training.selection import BestFid
from tests.evaluation import frechet_distance

PARAMS = SimpleNamespace(seed=0, noise="normal", latent_dim=6)


@pytest.fixture
def selection(make_gan, digits):
    gan = make_gan(dtype="float32")
    judge = features.build(digits[:900], Images())
    return gan, BestFid(gan, judge, Split(digits[900:1300], np.zeros(400, np.uint8)), PARAMS, 0)


def test_the_best_step_is_marked_and_its_weights_come_back(selection):
    gan, best_fid = selection
    start = [np.array(weight) for weight in gan.generator.get_weights()]
    judged = [np.array(weight) for weight in gan.discriminator.get_weights()]
    rows = []
    for step, factor in enumerate((8.0, 0.0, 1.0), start=1):
        gan.generator.set_weights([factor * weight for weight in start])
        gan.discriminator.set_weights([factor * weight for weight in judged])
        rows.append({"step": step})
        best_fid.consider(rows[-1])
    distances = [row["fid_valid"] for row in rows]
    best = int(np.argmin(distances))
    assert best < 2  # else there is nothing to bring back
    assert [row["chosen"] for row in rows] == [int(number == best) for number in range(3)]
    best_fid.restore()
    factor = (8.0, 0.0, 1.0)[best]
    for network, weights in ((gan.generator, start), (gan.discriminator, judged)):
        for found, expected in zip(network.get_weights(), weights):
            np.testing.assert_array_equal(found, np.float32(factor) * expected)
    again = {}
    best_fid.consider(again)
    assert again == {"fid_valid": min(distances), "chosen": 0}  # as good is no better


def test_the_distance_is_that_of_the_features(selection, digits):
    gan, best_fid = selection
    row = {}
    best_fid.consider(row)
    fakes = gan.generator.predict(best_fid.points, verbose=0)
    fakes = np.clip(np.round((fakes + 1) * 127.5), 0, 255).astype(np.uint8)
    seen = [
        best_fid.features.predict(classifier.inputs(samples, Images()), verbose=0).astype(float)
        for samples in (digits[900:1300], fakes)
    ]
    # The valid split's order is another, so that sums round differently.
    assert row["fid_valid"] == pytest.approx(frechet_distance(*seen), rel=1e-6)
