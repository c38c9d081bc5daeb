"""Where MLflow's store is, and what happens if it fails, is gone or does not exist yet."""

import shutil
import subprocess
import sys
import time

import mlflow
import pytest
from mlflow.tracking._tracking_service import utils

from ganpkg import tracking, tracking_store
from ganpkg.errors import UserError
from tests.server import Server
from tests.store import DATA_MD5, PARAMS, PICTURE, failing, runs


def test_a_store_that_fails_for_a_while_loses_no_number(store, monkeypatch, capsys):
    monkeypatch.setattr(tracking, "PAUSE", 0.0)
    with tracking.TrainingRun(PARAMS, DATA_MD5) as run:
        with monkeypatch.context() as gone:
            gone.setattr("mlflow.MlflowClient.log_batch", failing)
            for step in (1, 2):
                run.log_metrics({"g_loss": 0.5}, step)
                run.set_tags({"warning": f"of step {step}"})
        run.log_metrics({"g_loss": 0.5}, 3)
    client, (found,) = runs(store)
    history = client.get_metric_history(found.info.run_id, "g_loss")
    assert [point.step for point in history] == [1, 2, 3]
    assert found.data.tags["warning"] == "of step 2"
    assert capsys.readouterr().err.count("going on, although the tracking store") == 1


def test_a_slow_store_costs_a_training_little_time(store, monkeypatch):
    log_batch = mlflow.MlflowClient.log_batch

    def slow(*arguments):
        time.sleep(0.2)
        log_batch(*arguments)

    with tracking.TrainingRun(PARAMS, DATA_MD5) as run:
        monkeypatch.setattr("mlflow.MlflowClient.log_batch", slow)
        start = time.monotonic()
        for step in range(1, 101):
            run.log_metrics({"g_loss": 0.5}, step)
        assert time.monotonic() - start < 5  # 20 seconds, if it wrote each of them at once
    client, (found,) = runs(store)
    history = client.get_metric_history(found.info.run_id, "g_loss")
    assert [point.step for point in history] == [*range(1, 101)]


def test_a_store_that_is_missing_at_first_does_not_stop_the_training(store, monkeypatch, capsys):
    monkeypatch.setattr(tracking, "PAUSE", 0.0)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    with tracking.TrainingRun(PARAMS, DATA_MD5) as run:
        assert "going on, although the tracking store" in capsys.readouterr().err
        run.log_metrics({"g_loss": 0.5}, 1)
        assert run.run_id is None
        monkeypatch.delenv("MLFLOW_TRACKING_URI")
        run.log_metrics({"g_loss": 0.5}, 2)
        assert run.run_id
    client, (found,) = runs(store)
    assert found.info.status == "FINISHED" and found.data.params["dataset"] == "digits"
    history = client.get_metric_history(found.info.run_id, "g_loss")
    assert [point.step for point in history] == [1, 2]


def test_a_store_whose_creation_was_killed_is_created_again(store):
    (store / "mlflow.db").unlink()
    code = """if True:
        import os
        from ganpkg import tracking_store
        def killed(*_):
            os._exit(9)
        import mlflow.store.db.utils as utils
        utils._upgrade_db = killed
        tracking_store.connect()
    """
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == 9
    client, experiment_id = tracking_store.connect()
    assert client.get_experiment(experiment_id).name == "gan"


def test_pictures_that_cannot_be_stored_do_not_stop_the_training(store, monkeypatch, capsys):
    """A server's storage may need a package that is missing, or permissions."""

    def without_package(*_, **__):
        raise ModuleNotFoundError("No module named 'boto3'")

    for name in ("log_image", "list_artifacts"):
        monkeypatch.setattr(f"mlflow.MlflowClient.{name}", without_package)
    with pytest.raises(KeyboardInterrupt), tracking.TrainingRun(PARAMS, DATA_MD5) as run:
        for step in (1, 2):
            run.log_picture(PICTURE, "progress", step)
            run.log_metrics({"g_loss": 0.5}, step)
        raise KeyboardInterrupt
    text = capsys.readouterr().err
    assert text.count("cannot be used: No module named 'boto3'\n") == 1
    assert "`python -m ganpkg.sync` will bring it up to date" in text
    with tracking.TrainingRun(PARAMS, DATA_MD5, run.run_id) as again:
        again.log_picture(PICTURE, "progress", 3)
        again.log_metrics({"g_loss": 0.5}, 3)
    client, (found,) = runs(store)
    assert found.info.status == "FINISHED"
    history = client.get_metric_history(found.info.run_id, "g_loss")
    assert [point.step for point in history] == [1, 2, 3]


def test_a_deleted_experiment_is_reported_at_once_with_the_remedy(store, capsys):
    client, experiment_id = tracking_store.connect()
    began = time.monotonic()
    client.delete_experiment(experiment_id)
    with tracking.TrainingRun(PARAMS, DATA_MD5) as run:
        run.log_metrics({"g_loss": 0.5}, 1)
    assert time.monotonic() - began < 10
    text = capsys.readouterr().err
    assert text.count("MLflow's experiment 'gan' was deleted: `mlflow experiments restore -x") == 1
    assert "`python -m ganpkg.sync` will bring it up to date" in text


def test_a_run_that_is_deleted_meanwhile_does_not_stop_the_training(store, capsys):
    with tracking.TrainingRun(PARAMS, DATA_MD5) as run:
        run.log_metrics({"g_loss": 0.5}, 1)
        run._run.client.delete_run(run.run_id)
    assert capsys.readouterr().err.count("going on, although the tracking store") == 1


def test_an_interrupt_stays_one_when_the_store_fails(store, monkeypatch):
    with (
        pytest.raises(KeyboardInterrupt),
        tracking.TrainingRun(PARAMS, DATA_MD5) as run,
    ):
        run.log_metrics({"g_loss": 0.5}, 1)
        monkeypatch.setattr("mlflow.MlflowClient.log_batch", failing)
        raise KeyboardInterrupt


def test_an_experiment_name_is_taken_from_the_environment(store, monkeypatch):
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "other")
    client, experiment_id = tracking_store.connect()
    assert client.get_experiment(experiment_id).name == "other"


@pytest.mark.parametrize("uri", ["http://127.0.0.1:9", "nonsense://x", "sqlite:////proc/no/db"])
def test_an_unusable_store_is_reported(store, monkeypatch, uri):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    with pytest.raises(UserError, match=f"the tracking store {uri} cannot be used"):
        tracking_store.connect()


@pytest.mark.slow
def test_processes_may_open_a_new_store_at_once(store):
    (store / "mlflow.db").unlink()
    code = "from ganpkg import tracking_store; print(tracking_store.connect()[1])"
    processes = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    answers = [process.communicate(timeout=120)[0].strip() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    assert len(set(answers)) == 1


def test_telemetry_is_off():
    code = "import os; os.environ.pop('MLFLOW_DISABLE_TELEMETRY', None); import ganpkg.tracking\n"
    code += "from mlflow.environment_variables import MLFLOW_DISABLE_TELEMETRY as off\n"
    code += "print(off.get())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


@pytest.fixture
def server(store, monkeypatch):
    """A server, chosen by the variable that users set."""
    (store / "mlflow.db").unlink()
    server = Server(store)
    server.start()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.uri)
    yield server.uri
    server.stop()


@pytest.mark.slow
def test_a_server_is_chosen_by_its_address_alone(server, store):
    with tracking.TrainingRun(PARAMS, DATA_MD5) as run:
        run.log_metrics({"g_loss": 0.5}, 1)
        run.log_picture(PICTURE, "progress", 1)
    client = mlflow.MlflowClient(server)
    found = client.get_run(run.run_id)
    assert found.info.status == "FINISHED" and found.data.metrics == {"g_loss": 0.5}
    assert client.list_artifacts(run.run_id, "images")
    assert not (store / "mlflow.db").exists()


@pytest.mark.parametrize(
    "given, expected",
    [
        ("", "sqlite:////main/mlflow.db"),
        ("sqlite:///mlflow.db", "sqlite:////main/mlflow.db"),
        ("sqlite:///stores/our.db", "sqlite:////main/stores/our.db"),
        ("sqlite:////elsewhere/our.db", "sqlite:////elsewhere/our.db"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
    ],
)
def test_a_relative_address_is_one_in_the_main_repository(monkeypatch, given, expected):
    """Not in the folder of a temporary run, which DVC deletes."""
    monkeypatch.setenv("DVC_ROOT", "/main")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", given)
    assert tracking_store.uri() == expected


def test_another_file_keeps_its_artifacts_here_too(store, monkeypatch):
    """Not in the folder of a temporary run."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///other.db")
    client, experiment_id = tracking_store.connect()
    place = client.get_experiment(experiment_id).artifact_location
    assert place == (store / "mlartifacts").as_uri()


def test_artifacts_follow_a_repository_that_is_copied(store, monkeypatch, tmp_path_factory):
    with tracking.TrainingRun(PARAMS, DATA_MD5) as run:
        run.log_picture(PICTURE, "progress", 1)
    copy = tmp_path_factory.mktemp("copy") / "a b%"
    shutil.copytree(store, copy)
    shutil.rmtree(store / "mlartifacts")
    utils._artifact_repos_cache.clear()  # as in a new process ...
    mlflow.set_tracking_uri(None)  # ... whose environment does not have it either
    monkeypatch.setenv("DVC_ROOT", str(copy))
    with tracking.TrainingRun(PARAMS, DATA_MD5, run.run_id) as again:
        again.log_picture(PICTURE, "progress", 2)
    assert len(again._run.client.list_artifacts(run.run_id, "images")) == 4  # two files a picture
    assert again._run.client.get_experiment_by_name("gan").artifact_location.startswith(
        copy.as_uri()
    )
    assert not (store / "mlartifacts").exists()


@pytest.mark.parametrize("name", ["a b ä#b", "a%2Fb 100%?"])
def test_a_folder_of_any_name(store, monkeypatch, name):
    (store / "mlflow.db").unlink()
    (store / name).mkdir()
    monkeypatch.setenv("DVC_ROOT", str(store / name))
    with tracking.TrainingRun(PARAMS, DATA_MD5) as run:
        run.log_metrics({"g_loss": 0.5}, 1)
        run.log_picture(PICTURE, "progress", 1)
    assert {file.name for file in (store / name).iterdir()} <= {
        "mlflow.db", "mlartifacts", ".mlflow.lock",
    }  # fmt: skip
    # Where there is a %, MLflow itself also makes an empty folder.
    assert [file.name for file in store.iterdir() if file.is_file()] == ["model.keras"]
    found = run._run.client.get_run(run.run_id)
    assert found.info.status == "FINISHED" and found.data.metrics == {"g_loss": 0.5}
    assert run._run.client.list_artifacts(run.run_id, "images")
