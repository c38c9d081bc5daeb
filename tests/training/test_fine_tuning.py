"""Training that starts from the networks of another one."""

import keras
import numpy as np
import pytest

from ganpkg import backend, storage
from ganpkg.datasets.dataset import Split
from ganpkg.errors import UserError
from ganpkg.kinds.images import Images
from ganpkg.storage import md5
from ganpkg.training import build, fine_tuning
from ganpkg.training.training import Training
from tests.training.conftest import weights
from tests.training.trainings import SMALL


def params_of(shipped, **changes):
    return shipped.changed({**SMALL, "ema_decay": 0.9, **changes})


def networks(params, digits, seed=5):
    """As another training left them."""
    keras.utils.set_random_seed(seed)
    gan = build.gan(params, digits, Images())
    return fine_tuning.Networks(gan.generator, gan.discriminator)


@pytest.mark.parametrize(
    "architecture, engine", [("mlp", "compiled"), ("mlp", "textbook"), ("resnet", "compiled")]
)
def test_it_starts_with_their_weights_and_the_frozen_ones_stay(
    shipped, digits, architecture, engine
):
    changes = {"init": "digits", "frozen_layers": 1, "engine": engine}
    params = params_of(shipped, architecture=architecture, **changes)
    start = networks(params, digits)
    backend.make_deterministic(0)
    split = Split(digits, np.zeros(len(digits), np.uint8))
    training = Training(params, split, Images(), start=start)
    gan = training.gan
    for network in (gan.generator, gan.average):
        np.testing.assert_array_equal(weights(network), weights(start.generator))
    np.testing.assert_array_equal(weights(gan.discriminator), weights(start.discriminator))
    training.engine.run(training.feed.batches(0, 4))
    first, *others = [layer for layer in gan.discriminator.layers if layer.weights]
    old, *old_others = [layer for layer in start.discriminator.layers if layer.weights]
    for new, before in zip(first.get_weights(), old.get_weights(), strict=True):
        np.testing.assert_array_equal(new, before)
    for layer, before in zip(others, old_others, strict=True):
        assert not np.array_equal(layer.get_weights()[0], before.get_weights()[0])
    assert not np.array_equal(weights(gan.generator), weights(start.generator))


@pytest.mark.parametrize(
    "architecture, conditional", [("mlp", False), ("mlp", True), ("resnet", True)]
)
def test_saved_networks_load(shipped, digits, tmp_path, monkeypatch, architecture, conditional):
    params = params_of(shipped, architecture=architecture, conditional=conditional)
    gan = build.gan(params, digits, Images(), 10 if conditional else 0)
    monkeypatch.setattr(fine_tuning, "FOLDER", tmp_path)
    storage.save_model(gan.sampler, tmp_path / "one/generator.keras")
    storage.save_model(gan.discriminator, tmp_path / "one/discriminator.keras")
    start = fine_tuning.load("one")
    again = build.gan(params, digits, Images(), 10 if conditional else 0, start)
    np.testing.assert_array_equal(weights(again.generator), weights(gan.generator))
    assert fine_tuning.load("none") is None


def test_networks_that_do_not_fit(shipped, digits):
    start = networks(params_of(shipped), digits)
    with pytest.raises(UserError) as error:
        other = params_of(shipped, **{"mlp.generator_units": [16, 20]})
        build.gan(other, digits, Images(), start=start)
    first, second = str(error.value).splitlines()
    assert first == "params.yaml: init: the generator there has weights of shapes"
    assert second.startswith("(8,) -> 8x16 16") and "-> (8, 8, 1), expected (8,) -> " in second
    assert "16x24" in second.partition("expected")[0] and "16x20" in second.partition("expected")[2]
    with pytest.raises(UserError, match=r"frozen_layers: given 3, expected at most 2, since the "):
        params = params_of(shipped, init="digits", frozen_layers=3)
        build.gan(params, digits, Images(), start=start)


def test_nothing_is_frozen_of_random_weights(shipped):
    with pytest.raises(ValueError, match="frozen_layers: given 1, expected 0, since init is none"):
        shipped.changed({"frozen_layers": 1})


@pytest.mark.slow
def test_the_networks_are_a_dependency(fresh):
    fresh.set_params(init="ours")
    output = fresh.dvc("repro", "train", status=255)
    assert "check: params.yaml: init: given ours, expected none or the name of a fol" in output
    folder = fresh.folder / "data/init/ours"
    folder.mkdir()
    for name in fine_tuning.Networks._fields:
        fresh.run("cp", f"models/{name}.keras", str(folder))
    before = md5(folder / "generator.keras")
    fresh.dvc("repro", "train")
    lock = fresh.read("dvc.lock")
    assert "data/init/ours" in lock and "data/init/none" not in lock
    run = fresh.mlflow_runs()[-1]
    assert run.data.params["init"] == "ours" and run.data.tags["init_md5"] == before
    assert run.data.tags["generator_md5"] != before
    (folder / "generator.keras").write_bytes(b"other")
    assert fresh.stages_with_own_changes()[0] == "train"
