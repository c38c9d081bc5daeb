"""The whole pipeline with the real dvc and mlflow, on the real digits, shortened."""

import json
import shutil
import sys
from types import SimpleNamespace

import mlflow
import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image

from ganpkg.datasets.dataset import open_split
from ganpkg.kinds.images import Images
from ganpkg.params import read_params
from ganpkg.record import texts
from ganpkg.sampling import latents
from ganpkg.storage import load_model, md5
from ganpkg.training.selection import BestFid
from tests.pipeline import MIN_SAMPLES

SCORES = ["d_loss_real", "d_loss_fake", "g_loss", "d_accuracy_real", "d_accuracy_fake"]


def test_every_output_is_there(finished):
    folder = finished.folder
    for name in ("train", "valid", "test"):
        assert np.load(folder / f"data/prepared/{name}/samples.npy").dtype == np.uint8
    history = pd.read_csv(folder / "reports/history.csv")
    assert list(history) == ["step", "epoch", *SCORES, "diversity"]
    assert history["diversity"].between(0.2, 2).all()
    assert history["step"].tolist() == [16, 32, 48, 64]
    assert history["epoch"].tolist() == [1, 2, 3, 4]
    samples = np.load(folder / "data/generated/samples.npz")["samples"]
    assert samples.shape == (400, 8, 8, 1) and samples.dtype == np.uint8
    progress = sorted(file.name for file in (folder / "reports/progress").iterdir())
    assert progress == ["00000000.png", "00000032.png", "00000064.png"]
    for name in ("samples", "real_and_generated", "interpolations"):
        with Image.open(folder / f"reports/{name}.png") as image:
            assert np.asarray(image).std() > 10
    metrics = json.loads(finished.read("reports/metrics.json"))
    assert all(isinstance(value, (int, float)) for value in metrics.values())
    for name in ("fid", "precision", "coverage", "class_kl", "parzen"):
        assert {name, f"{name}_control"} <= set(metrics)
    assert {"fid_spread", "told_apart_accuracy", "copying_c_t"} <= set(metrics)
    assert len(metrics) <= 14  # what a person decides by; all else is in evaluation.json
    assert json.loads(finished.read("reports/classifier.json"))["test_accuracy"] > 0.95
    assert metrics["fid"] > 10 * metrics["fid_control"]  # four epochs make no digits
    evaluation = json.loads(finished.read("reports/evaluation.json"))
    assert list(evaluation["sets"]) == ["generated", "real", "memoriser", "half", "noise"]
    assert evaluation["samples"] == 100 and evaluation["draws"] == 4
    assert evaluation["classifier_md5"] == md5(folder / "models/classifier.keras")
    for name, of in evaluation["numbers"].items():
        assert set(of) == set(evaluation["spreads"][name]) <= set(evaluation["sets"])
        assert of["generated"] == metrics.get(name, of["generated"])
        assert of["real"] == metrics.get(f"{name}_control", of["real"])
    assert evaluation["spreads"]["fid"]["generated"] == metrics["fid_spread"]
    assert 0.9 < metrics["coverage_control"] <= 1
    assert {"class_share_9", "discriminator_accuracy_fake"} <= set(evaluation["numbers"])
    with Image.open(folder / "reports/closest/closest.png") as image:
        assert image.size == (342, 70)  # two rows of ten


def test_the_run_in_mlflow(finished):
    (run,) = finished.mlflow_runs()
    client, run_id = finished.client(), run.info.run_id
    assert run.info.status == "FINISHED"
    assert run.data.params == texts(read_params(finished.folder / "params.yaml"))
    head = finished.run("git", "rev-parse", "HEAD~1").strip()  # of what was run
    assert run.info.run_name == f"commit {head[:7]}"
    history = pd.read_csv(finished.folder / "reports/history.csv")
    for score in (*SCORES, "diversity"):
        logged = client.get_metric_history(run_id, score)
        assert [point.step for point in logged] == history["step"].tolist()
        assert [point.value for point in logged] == pytest.approx(history[score].tolist())
    rates = client.get_metric_history(run_id, "images_per_second")
    assert len(rates) == len(history)
    # 64 images an iteration, 16 iterations a row; the last rows hold no compilation.
    seconds = [16 * 64 / rate.value for rate in rates]
    assert sum(seconds) < (run.info.end_time - run.info.start_time) / 1000
    assert 1e-4 < seconds[-1] < 5
    metrics = json.loads(finished.read("reports/metrics.json"))
    assert {key: run.data.metrics[key] for key in metrics} == metrics
    tags = run.data.tags
    assert tags["generator_md5"] == md5(finished.folder / "models/generator.keras")
    assert tags["data_md5"] == md5(finished.folder / "data/prepared/train/samples.npy")
    lock = yaml.safe_load(finished.read("dvc.lock"))["stages"]["train"]
    assert tags["generator_md5"] in [out["md5"] for out in lock["outs"]]
    assert tags["data_md5"] in [dep["md5"] for dep in lock["deps"]]
    commits = finished.run("git", "log", "--format=%H").split()
    assert tags["git_commit"] in commits
    assert "report.html" in [file.path for file in client.list_artifacts(run_id)]
    images = {file.path for file in client.list_artifacts(run_id, "images")}
    for picture in ("progress", "samples", "real_and_generated", "interpolations", "closest"):
        assert any(picture in image for image in images)


def test_the_logged_generator_loads_and_is_the_trained_one(finished, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{finished.folder / 'mlflow.db'}")
    (run,) = finished.mlflow_runs()
    model = mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/generator")
    points = np.random.default_rng(0).normal(size=(3, 32))
    expected = latents.generate(
        load_model(finished.folder / "models/generator.keras"), points, Images()
    )
    np.testing.assert_array_equal(model.predict(points), expected)


def test_nothing_is_left_to_do_and_git_is_clean(fresh):
    assert "Data and pipelines are up to date." in fresh.dvc("repro")
    assert fresh.run("git", "status", "--porcelain") == ""
    tracked = fresh.run("git", "ls-files").split()
    assert "dvc.lock" in tracked
    assert not [name for name in tracked if name.endswith((".keras", ".npy", ".npz", ".csv"))]


def test_output_is_quiet(finished):
    """Eyes are for what matters: no library's greetings, no warnings, no progress bar."""
    lines = [line for line in finished.output.splitlines() if line.strip()]
    assert not [line for line in lines if "WARNING" in line or "0000 00:" in line or "it/s" in line]
    assert len(lines) < 50


@pytest.mark.slow
def test_played_again_it_makes_the_same_bytes(fresh):
    """In another process; and other tests may play stages in place of `dvc repro`.

    Not in this process, where XLA may have read the tests' own flags before.
    """
    fresh.play_apart()
    assert fresh.dvc("status") == "Data and pipelines are up to date.\n"


@pytest.mark.slow
def test_other_samples_of_a_model_have_a_run_of_their_own(fresh):
    """The first run keeps its numbers."""
    fresh.run(sys.executable, "-m", "ganpkg.sync")
    (first,) = fresh.mlflow_runs()
    few = f"num_samples={MIN_SAMPLES}"
    output = fresh.dvc("exp", "run", "-S", few, "--name", "few")
    assert "Stage 'train' didn't change, skipping" in output
    metrics = json.loads(fresh.read("reports/metrics.json"))
    again, other = fresh.mlflow_runs()
    assert again.data.metrics == first.data.metrics and again.data.params["num_samples"] == "400"
    assert other.data.params["num_samples"] == str(MIN_SAMPLES) and other.info.run_name == "few"
    assert {key: other.data.metrics[key] for key in metrics} == metrics
    assert other.data.metrics["g_loss"] == first.data.metrics["g_loss"]
    assert "0 runs made, 0 completed, 2 complete" in fresh.run(sys.executable, "-m", "ganpkg.sync")


@pytest.mark.slow
def test_a_temporary_experiment_lands_in_the_store_of_the_repository(fresh):
    """Queued ones, too: see test_kills.py."""
    few = f"num_samples={MIN_SAMPLES}"
    fresh.dvc("exp", "run", "--temp", "-S", "epochs=6", "-S", few, "--name", "in-temp")
    (run,) = fresh.mlflow_runs()
    assert run.info.status == "FINISHED" and run.data.tags["dvc_exp_name"] == "in-temp"
    head = fresh.run("git", "rev-parse", "HEAD").strip()
    assert run.data.tags["git_commit"] == head
    assert "fid" in run.data.metrics  # evaluation found the run
    table = json.loads(fresh.dvc("exp", "show", "--json"))
    shown = {
        revision["name"]
        for entry in table
        for experiment in entry["experiments"] or []
        for revision in experiment["revs"]
    }
    assert "in-temp" in shown
    stores = list(fresh.folder.rglob("mlflow.db"))
    assert stores == [fresh.folder / "mlflow.db"]


@pytest.mark.slow
def test_real_mnist_laid_down_by_hand_also_reaches_temporary_runs(fresh, mnist):
    shutil.copy(mnist, fresh.folder / "data/raw/mnist.npz")
    fresh.dvc("add", "data/raw/mnist.npz")
    fresh.commit()
    output = fresh.dvc("exp", "run", "--temp", "-S", "dataset=mnist", "prepare")
    assert "mnist: 50000 train, 10000 valid, 10000 test samples of shape (28, 28, 1)" in output


@pytest.mark.slow
def test_both_engines_make_the_same_history(fresh):
    compiled = pd.read_csv(fresh.folder / "reports/history.csv")
    fresh.set_params(engine="textbook")
    fresh.play("train")
    textbook = pd.read_csv(fresh.folder / "reports/history.csv")
    # float32 over 64 iterations: see tests/training/test_engines.py for the exact comparison
    np.testing.assert_allclose(textbook[SCORES[:3]], compiled[SCORES[:3]], atol=1e-3)


@pytest.mark.slow
def test_what_is_kept_changes_nothing_of_the_training(fresh):
    last = pd.read_csv(fresh.folder / "reports/history.csv")
    fresh.set_params(select="best_fid")
    fresh.run(sys.executable, "-m", "stages.train")
    best = pd.read_csv(fresh.folder / "reports/history.csv")
    pd.testing.assert_frame_equal(best[last.columns], last, check_exact=True)


@pytest.mark.slow
def test_a_collapse_is_noticed_while_it_happens(fresh):
    """A generator that learns much faster than its judge finds one answer to everything."""
    fresh.set_params(**{"generator.learning_rate": 0.02, "discriminator.learning_rate": 0.00001})
    fresh.set_params(epochs=60, log_every=100, picture_every=480)
    output = fresh.dvc("repro", "train")
    history = pd.read_csv(fresh.folder / "reports/history.csv")
    collapsed = history["step"][history["diversity"] < 0.2]
    assert f"warning: iteration {collapsed.iloc[0]:,}: the samples are nearly alike" in output
    (run,) = fresh.mlflow_runs()
    warning = run.data.tags["warning"]
    assert "the generator has collapsed" in warning
    # The record has it, too. The results in it are still those of the model before.
    fresh.client().delete_tag(run.info.run_id, "warning")
    fresh.commit()
    assert "1 completed" in fresh.run(sys.executable, "-m", "ganpkg.sync")
    run = fresh.client().get_run(run.info.run_id)
    assert run.data.tags["warning"] == warning and "fid" not in run.data.metrics


@pytest.mark.slow
def test_the_generator_that_is_best_on_the_valid_split_is_kept(fresh):
    """Training goes on at a rate that spoils what was learnt before."""
    fresh.set_params(select="best_fid", epochs=12, log_every=16, num_samples=MIN_SAMPLES)
    fresh.set_params(**{"generator.learning_rate": 0.05, "discriminator.learning_rate": 0.05})
    output = fresh.play("train", "generate", "evaluate", "report")
    history = pd.read_csv(fresh.folder / "reports/history.csv")
    best = history.loc[history["fid_valid"].idxmin()]
    assert best["step"] < history["step"].iloc[-1]
    assert history["step"][history["chosen"] == 1].tolist() == [best["step"]]
    assert f"chosen: iteration {best['step']:.0f}, of FID {best['fid_valid']:.2f}" in output
    (run,) = fresh.mlflow_runs()
    assert run.data.metrics["chosen_step"] == best["step"]
    logged = fresh.client().get_metric_history(run.info.run_id, "fid_valid")
    assert [point.value for point in logged] == pytest.approx(history["fid_valid"].tolist())
    # The file holds that generator: its samples have that distance.
    judge = load_model(fresh.folder / "models/classifier.keras")
    kept = SimpleNamespace(
        sampler=load_model(fresh.folder / "models/generator.keras"),
        discriminator=judge,
        kind=Images(),
    )
    valid = open_split(fresh.folder / "data/prepared/valid")
    params = read_params(fresh.folder / "params.yaml")
    again = {}
    BestFid(kept, judge, valid, params, classes=0).consider(again)
    assert again["fid_valid"] == pytest.approx(best["fid_valid"], rel=1e-5)
    report = " ".join(fresh.read("reports/report.html").split())
    assert f"Generator of iteration {best['step']:.0f}, the best on the valid split" in report
