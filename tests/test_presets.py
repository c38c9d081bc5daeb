"""Every preset: complete, sound, and trains; and that DVC and MLflow record it."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from ganpkg import git, preset
from ganpkg.errors import UserError
from ganpkg.kinds.images import Images
from ganpkg.kinds.rows import Rows
from ganpkg.params import read_params
from ganpkg.record import EVALUATION, texts
from ganpkg.sampling import latents
from ganpkg.training import build
from ganpkg.training.feed import Feed
from tests.pipeline import MIN_SAMPLES, ROOT, SHORT


@pytest.fixture
def fork(tmp_path, monkeypatch, write_params):
    """A repository of params.yaml, committed as it was first written."""
    monkeypatch.chdir(tmp_path)
    committed = []

    def write(**changes):
        text = write_params(**changes).read_text()
        committed.append(text)
        monkeypatch.setattr(git, "output", lambda *_: committed[0])

    return write


@pytest.mark.parametrize("name", preset.names())
def test_a_preset_is_complete_and_sound(shipped, name):
    changed = shipped.changed(preset.values(name))
    assert changed.differences(shipped.changed(preset.values(name))) == ""
    assert name == "textbook-digits" or changed.differences(shipped)


def test_what_a_preset_does_not_name_is_as_committed(monkeypatch, shipped):
    values = preset.values("parabola")
    assert values["latent_dim"] == 5 and values["batch_size"] == shipped.batch_size
    assert values["mlp.generator_units"] == shipped.mlp.generator_units
    assert values.keys().isdisjoint({"seed", "engine", "dcgan.filters"})


def test_unknown_preset():
    with pytest.raises(UserError, match=r"unknown preset 'dcgan'.*did you mean 'dcgan-mnist'"):
        preset.values("dcgan")


def test_a_preset_that_does_not_fit_the_other_parameters(fork):
    """It says so before anything runs, and options can make it fit."""
    fork(engine="textbook", ema_decay=0.5)
    with pytest.raises(UserError) as error:
        preset.values("wgan-gp-mnist")
    assert str(error.value) == (
        "wgan-gp-mnist: engine: given textbook, expected compiled, since objective is "
        "wasserstein_gp, which Keras' composite cannot express\n"
        "what a preset does not set stays as it is; `-S key=value` changes it"
    )
    with pytest.raises(UserError, match="epochs: given 'many', expected a whole number"):
        preset.values("wgan-gp-mnist", {"engine": "compiled", "epochs": "many"})
    values = preset.values("wgan-gp-mnist", {"engine": "compiled", "epohcs": 5})
    assert values["ema_decay"] == 0.5 and values["objective"] == "wasserstein_gp"
    fork(engine="compiled")  # as the experiment leaves it
    assert preset.values("wgan-gp-mnist") == values


def test_settings_in_each_form(caplog, capsys):
    text = "-S epochs=5 -Sr1=.5 --set-param folder.size=64 --set-param=noise=uniform -qf train"
    text += " -S params.yaml:folder={colours:grey} -S other.yaml:x=1 --name some"
    (given,) = preset.grid(text.split())
    assert given == {
        "epochs": 5, "r1": 0.5, "folder.size": 64, "noise": "uniform", "folder.colours": "grey",
    }  # fmt: skip
    assert preset.grid([]) == [{}]
    assert preset.grid(["-S", "seed=1,2", "-S", "engine=textbook", "--queue"]) == [
        {"seed": seed, "engine": "textbook"} for seed in (1, 2)
    ]
    with pytest.raises(UserError, match=r"-S: .*'epochs'.*missing EQUAL"):
        preset.grid(["-S", "epochs"])
    with pytest.raises(SystemExit, match="2"):
        preset.grid(["--epochs=5"])
    # Where DVC logs it depends on what earlier tests of this process did with DVC.
    assert "unrecognized arguments: --epochs=5" in caplog.text + capsys.readouterr().err


def test_a_preset_finds_dvc_in_an_environment_that_is_not_activated():
    done = subprocess.run(
        [sys.executable, "-m", "ganpkg.preset", "wgan-mnist", "--help"],
        cwd=ROOT, env={"PATH": os.defpath}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0 and done.stdout.startswith("usage: dvc experiments run")


def test_a_preset_without_dvc():
    code = "import runpy, sys; sys.modules['dvc'] = None; sys.argv = ['', 'wgan-mnist'];"
    code += "runpy.run_module('ganpkg.preset', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    told = "DVC is not installed there; use the environment of `make repro`"
    assert (done.returncode, done.stderr) == (2, f"preset: {sys.executable}: {told}\n")


@pytest.mark.slow_but_one
@pytest.mark.parametrize("name", preset.names())
def test_a_preset_trains(shipped, name):
    # In small batches: here it matters that all of it runs, not what comes out.
    params = shipped.changed({**preset.values(name), "batch_size": 16})
    if params.dataset == "digits" or params.room("dataset").kind is Rows:
        data = params.room("dataset").load(0, ROOT / "data/raw")
        (samples, labels), kind = data.train, data.kind
    else:
        # Noise of MNIST's shape.
        samples = np.random.default_rng(0).integers(0, 256, (2000, 28, 28, 1), dtype=np.uint8)
        labels, kind = np.arange(2000) % 10, Images()
    classes = 10 if params.conditional else 0
    gan = build.gan(params, samples, kind, classes)
    feed = Feed(params, samples, labels, classes)
    before = [network.get_weights() for network in (gan.sampler, gan.discriminator)]
    scores = build.engine(params, gan, feed).run(feed.batches(0, 3))
    assert np.isfinite(scores).all()
    for old, network in zip(before, (gan.sampler, gan.discriminator)):
        assert any(not np.array_equal(a, b) for a, b in zip(old, network.get_weights()))
    points = latents.draw(0, 0, params.noise, 4, params.latent_dim + classes)
    assert latents.generate(gan.sampler, points, kind).shape == (4, *samples.shape[1:])


@pytest.mark.slow
def test_a_preset_is_an_ordinary_experiment(fresh):
    """On digits, so that it is short; settings given after the preset's name win."""
    changes = {**SHORT, "dataset": "digits", "epochs": 1, "log_every": 4}
    changes |= {"num_samples": MIN_SAMPLES, "dcgan.filters": 8}
    fresh.run(
        sys.executable, "-m", "ganpkg.preset", "wgan-mnist", "--name", "critic",
        *(f"-S{key}={value}" for key, value in changes.items()), "train",
    )  # fmt: skip
    expected = {**preset.values("wgan-mnist"), **changes}
    params = read_params(fresh.folder / "params.yaml")
    assert {key: params.value(key) for key in expected} == expected
    assert "# " in fresh.read("params.yaml")  # with its comments
    (run,) = fresh.mlflow_runs()
    assert run.data.tags["dvc_exp_name"] == "critic"
    assert run.data.params == texts(params, omit=EVALUATION)
    history = pd.read_csv(fresh.folder / "reports/history.csv")
    distance = -(history["d_loss_real"] + history["d_loss_fake"])
    np.testing.assert_allclose(history["wasserstein_distance"], distance, rtol=1e-6)
    logged = fresh.client().get_metric_history(run.info.run_id, "wasserstein_distance")
    assert [point.value for point in logged] == pytest.approx(distance.tolist(), rel=1e-6)


@pytest.mark.slow
def test_unknown_preset_ends_at_once(fresh):
    output = fresh.run(sys.executable, "-m", "ganpkg.preset", "wgan", status=2)
    assert output.startswith("preset: unknown preset 'wgan'") and "Traceback" not in output
