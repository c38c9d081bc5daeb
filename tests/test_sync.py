"""`python -m ganpkg.sync`, and trainings whose tracking store goes away."""

import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from ganpkg.params import read_params
from tests.pipeline import MIN_SAMPLES
from tests.server import Server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
SYNC = sys.executable, "-m", "ganpkg.sync"


def points(client, run):
    """Of every metric but the speed: step -> value."""
    return {
        key: {point.step: point.value for point in client.get_metric_history(run.info.run_id, key)}
        for key in run.data.metrics
        if key != "images_per_second"
    }


def pictures(client, run):
    """How many there are of every key and step."""
    files = client.list_artifacts(run.info.run_id, "images")
    return Counter(tuple(f.path.split("+")[:3:2]) for f in files if f.path.endswith(".webp"))


def test_runs_are_made_from_the_record_once(finished, fresh):
    """`fresh` has the results of `finished`, and no tracking store."""
    fresh.dvc("exp", "run", "-Sseed=1", "-Sepochs=2", "--name", "other-seed", "train")
    fresh.run("git", "checkout", "--quiet", ".")
    (of_training,) = fresh.mlflow_runs()
    output = fresh.run(*SYNC)
    assert "2 trainings recorded: 1 runs made, 1 completed, 0 complete already" in output
    old, new = finished.mlflow_runs()[0], fresh.mlflow_runs()[-1]
    assert new.info.run_id != of_training.info.run_id and new.info.status == "FINISHED"
    made, logged = points(fresh.client(), new), points(finished.client(), old)
    assert made.keys() == logged.keys()
    for key in made:  # history.csv has nine digits
        assert made[key] == pytest.approx(logged[key], rel=1e-8)
    assert pictures(fresh.client(), new) == pictures(finished.client(), old)
    assert new.data.params == old.data.params
    # The results were committed after the run of `finished` had got its name.
    assert new.info.run_name == f"commit {fresh.run('git', 'rev-parse', 'HEAD')[:7]}"
    for tag in ("generator_md5", "data_md5", "backend"):
        assert new.data.tags[tag] == old.data.tags[tag]
    output = fresh.run(*SYNC)
    assert "0 runs made, 0 completed, 2 complete already" in output
    assert len(fresh.mlflow_runs()) == 2


def test_results_that_came_while_the_store_was_gone_are_brought(fresh):
    fresh.environment["MLFLOW_TRACKING_URI"] = "http://127.0.0.1:9"
    fresh.set_params(num_samples=MIN_SAMPLES)
    output = fresh.dvc("repro")
    assert "Stage 'train' didn't change, skipping" in output
    assert "`python -m ganpkg.sync` will bring it up to date" in output
    del fresh.environment["MLFLOW_TRACKING_URI"]
    assert "2 trainings recorded: 2 runs made" in fresh.run(*SYNC)
    few = str(MIN_SAMPLES)
    (run,) = (run for run in fresh.mlflow_runs() if run.data.params["num_samples"] == few)
    metrics = json.loads(fresh.read("reports/metrics.json"))
    assert {key: run.data.metrics[key] for key in metrics} == metrics
    report = fresh.client().download_artifacts(run.info.run_id, "report.html")
    assert Path(report).read_text() == fresh.read("reports/report.html")


def test_what_neither_cache_nor_remote_has_is_left_out(fresh):
    fresh.run("rm", "-r", ".dvc/cache")
    output = fresh.run(*SYNC)
    assert "its history.csv is neither in the cache nor in a remote" in output
    assert "1 left out" in output
    assert fresh.mlflow_runs() == []


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path)
    server.start()
    yield server
    server.stop()


def started(repository, server, epochs, *targets):
    """`dvc repro`, while it trains: the server has just gone."""
    repository.set_params(epochs=epochs, log_every=100, picture_every=8 * epochs)
    repository.set_params(num_samples=MIN_SAMPLES)
    # Recorded as 0, logged as 0.0
    repository.set_params(**{"non_saturating.label_smoothing": 0})
    repository.environment["MLFLOW_TRACKING_URI"] = server.uri
    process = subprocess.Popen(
        ["dvc", "repro", *targets], cwd=repository.folder, env=repository.environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    wait_for_points(mlflow.MlflowClient(server.uri))
    server.stop()
    return process


def wait_for_points(client, seconds=120):
    until = time.monotonic() + seconds
    while not any("g_loss" in run.data.metrics for run in client.search_runs(["1"])):
        assert time.monotonic() < until, "no metrics"
        time.sleep(0.5)


def check_history(repository, client):
    """The store has the training's whole history. Returns its run."""
    epochs = str(read_params(repository.folder / "params.yaml").epochs)
    (run,) = (run for run in client.search_runs(["1"]) if run.data.params["epochs"] == epochs)
    assert run.info.status == "FINISHED"
    history = pd.read_csv(repository.folder / "reports/history.csv").set_index("step")
    logged = points(client, run)
    for key in ("d_loss_real", "d_loss_fake", "g_loss", "diversity"):
        assert list(logged[key]) == list(history.index)
        assert list(logged[key].values()) == pytest.approx(list(history[key]), rel=1e-8)
    return run


def test_a_server_that_comes_back_in_time_gets_all_that_waited(fresh, server):
    process, printed = started(fresh, server, 500, "train"), ""
    while "going on, although the tracking store" not in printed:
        line = process.stdout.readline()
        assert line, printed
        printed += line
    (stage,) = fresh.processes_of("stages.train")
    stage.suspend()  # so that it does not end before the server has begun
    server.start()
    stage.resume()
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, printed + output
    check_history(fresh, mlflow.MlflowClient(server.uri))


def test_a_server_that_comes_back_too_late_costs_no_training(fresh, server):
    process = started(fresh, server, 200)
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    assert "going on, although the tracking store" in output
    assert "`python -m ganpkg.sync` will bring it up to date" in output
    fresh.commit()
    server.start()
    client = mlflow.MlflowClient(server.uri)
    assert "1 completed" in fresh.run(*SYNC)
    run = check_history(fresh, client)
    assert run.data.metrics["fid"] and len(pictures(client, run)) >= 6
    assert set(pictures(client, run).values()) == {1}
