"""Runs in a real MLflow store: an SQLite file in the test's folder."""

import subprocess
import sys

import mlflow
import pytest

from ganpkg import tracking, tracking_store
from ganpkg.errors import UserError
from tests.pipeline import ROOT
from tests.store import DATA_MD5, LOGGED, PARAMS, PICTURE, failing, runs


def test_a_run_holds_everything(store, monkeypatch):
    monkeypatch.setenv("DVC_EXP_NAME", "bold-name")
    monkeypatch.setenv("DVC_EXP_BASELINE_REV", "abc123")
    with tracking.TrainingRun(PARAMS, DATA_MD5) as run:
        for step in (1, 2, 3):
            run.log_metrics({"g_loss": step / 10}, step)
        run.log_picture(PICTURE, "progress", 3)
    client, (found,) = runs(store)
    assert found.info.status == "FINISHED" and found.info.run_name == "bold-name"
    assert found.data.params == LOGGED
    history = client.get_metric_history(found.info.run_id, "g_loss")
    assert [(point.step, point.value) for point in history] == [(1, 0.1), (2, 0.2), (3, 0.3)]
    assert found.data.tags["dvc_exp_name"] == "bold-name"
    assert found.data.tags["git_commit"] == "abc123"
    assert found.data.tags["data_md5"] == DATA_MD5
    images = [file.path for file in client.list_artifacts(found.info.run_id, "images")]
    assert any("progress" in image for image in images)
    assert found.info.artifact_uri.startswith((store / "mlartifacts").as_uri())


def test_metrics_are_visible_while_the_run_goes_on(store, monkeypatch):
    monkeypatch.setattr(tracking, "PAUSE", 0.0)
    with tracking.TrainingRun(PARAMS, DATA_MD5) as run:
        run.log_metrics({"g_loss": 0.5}, 1)
        _, (found,) = runs(store)
        assert found.info.status == "RUNNING" and found.data.metrics == {"g_loss": 0.5}


@pytest.mark.parametrize(
    "error, status",
    [
        (UserError("diverged"), "FAILED"),
        (ZeroDivisionError(), "FAILED"),
        (KeyboardInterrupt(), "KILLED"),
        (SystemExit(143), "KILLED"),
    ],
)
def test_how_a_run_ends(store, error, status):
    with (
        pytest.raises(type(error)),
        tracking.TrainingRun(PARAMS, DATA_MD5) as run,
    ):
        run.log_metrics({"g_loss": 0.5}, 1)
        raise error
    _, (found,) = runs(store)
    assert found.info.status == status
    assert found.data.metrics == {"g_loss": 0.5}  # nothing that waited is lost


def test_a_resumed_training_continues_its_run(store):
    """Whatever the killed process has logged, nothing is logged twice and nothing is missing."""
    with pytest.raises(KeyboardInterrupt), tracking.TrainingRun(PARAMS, DATA_MD5) as run:
        for step in (1, 2):
            run.log_metrics({"g_loss": step / 10}, step)
        run.log_metrics({"d_loss_real": 0.1}, 1)  # killed between two points of a row
        run.log_picture(PICTURE, "progress", 0)
        run.log_picture(PICTURE, "progress", 2)
        raise KeyboardInterrupt
    changed = PARAMS.model_copy(update={"num_samples": 500})  # does not concern the training
    with tracking.TrainingRun(changed, DATA_MD5, run.run_id) as again:
        for step in (1, 2, 3):
            again.log_metrics({"g_loss": step / 10, "d_loss_real": step / 10}, step)
            again.log_picture(PICTURE, "progress", step)
    client, (found,) = runs(store)
    assert found.info.status == "FINISHED"
    for key in ("g_loss", "d_loss_real"):
        history = client.get_metric_history(found.info.run_id, key)
        assert [(point.step, point.value) for point in history] == [(1, 0.1), (2, 0.2), (3, 0.3)]
    pictures = client.list_artifacts(found.info.run_id, "images")
    steps = [file.path.split("+")[2] for file in pictures if file.path.endswith(".png")]
    assert sorted(steps) == ["0", "1", "2", "3"]


def test_a_run_that_was_killed_before_it_had_parameters_gets_them(store):
    client, experiment_id = tracking_store.connect()
    run_id = client.create_run(experiment_id).info.run_id
    with tracking.TrainingRun(PARAMS, DATA_MD5, run_id):
        pass
    _, (found,) = runs(store)
    assert found.info.run_id == run_id
    assert found.data.params == LOGGED


def test_a_store_that_fails_during_the_search_gets_no_second_run(store, monkeypatch):
    with tracking.TrainingRun(PARAMS, DATA_MD5) as run:
        pass
    search_runs = mlflow.MlflowClient.search_runs

    def fails_once(*arguments):
        monkeypatch.setattr("mlflow.MlflowClient.search_runs", search_runs)
        failing()

    monkeypatch.setattr("mlflow.MlflowClient.search_runs", fails_once)
    with tracking.TrainingRun(PARAMS, DATA_MD5, run.run_id):
        assert mlflow.MlflowClient.search_runs is search_runs
    assert len(runs(store)[1]) == 1


@pytest.mark.parametrize("name", ["odd-other", None])
def test_a_resumed_experiment_may_have_another_name(store, monkeypatch, name):
    """`dvc exp run` gives it a new name; DVC does not list the killed one."""
    monkeypatch.setenv("DVC_EXP_NAME", "bold-name")
    with pytest.raises(KeyboardInterrupt), tracking.TrainingRun(PARAMS, DATA_MD5) as run:
        raise KeyboardInterrupt
    monkeypatch.delenv("DVC_EXP_NAME")
    if name:
        monkeypatch.setenv("DVC_EXP_NAME", name)
    with tracking.TrainingRun(PARAMS, DATA_MD5, run.run_id):
        pass
    _, (found,) = runs(store)
    assert found.data.tags.get("dvc_exp_name") == name
    assert found.info.run_name == (name or "epochs=3")


def test_a_run_that_the_store_does_not_have_is_started_again(store):
    with tracking.TrainingRun(PARAMS, DATA_MD5, "0" * 32) as run:
        run.log_metrics({"g_loss": 0.5}, 1)
    _, (found,) = runs(store)
    assert found.info.run_id == run.run_id != "0" * 32


def test_a_run_whose_process_was_killed_does_not_stay_running(store):
    code = "import os; from ganpkg import tracking; from tests.store import PARAMS\n"
    code += f"with tracking.TrainingRun(PARAMS, {DATA_MD5!r}): os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT)
    _, (dead,) = runs(store)
    assert dead.info.status == "RUNNING"
    with (
        tracking.TrainingRun(PARAMS, DATA_MD5) as living,
        tracking.TrainingRun(PARAMS, DATA_MD5) as other,
    ):
        statuses = {run.info.run_id: run.info.status for run in runs(store)[1]}
        assert statuses == {
            dead.info.run_id: "KILLED", living.run_id: "RUNNING", other.run_id: "RUNNING",
        }  # fmt: skip
