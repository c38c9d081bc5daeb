"""What many tests share: the parameters that ship, changed and written where a test wants."""

import os
import signal

import mlflow
import numpy as np
import pytest
import yaml

from tests.pipeline import ROOT, Repository

# LLVM's optimisations would take half of the time of short trainings. XLA's own passes decide in
# which order is summed up; and the pipelines under test run without this.
os.environ["XLA_FLAGS"] = "--xla_backend_optimization_level=0"
# A shell's background job starts with Ctrl-C ignored, which the processes under test would inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)  # before those that are not asked for are left out
def pytest_collection_modifyitems(items):
    """Of a test marked `slow_but_one` all cases but the first are slow ones."""
    seen = set()
    for item in items:
        test = item.nodeid.partition("[")[0]
        if item.get_closest_marker("slow_but_one") and test in seen:
            item.add_marker(pytest.mark.slow)
        seen.add(test)


@pytest.fixture
def shipped():
    """The parameters of the repository's params.yaml, as a dict."""
    return yaml.safe_load((ROOT / "params.yaml").read_text())


@pytest.fixture
def write_params(tmp_path, shipped):
    """Writes the shipped parameters with changes; returns the file's path."""

    def write(**changes):
        path = tmp_path / "params.yaml"
        path.write_text(yaml.safe_dump({**shipped, **changes}))
        return path

    return write


@pytest.fixture
def store(tmp_path, monkeypatch):
    """An empty store at the root of an empty repository, and a file as the model."""
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME", "DVC_EXP_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("DVC_EXP_BASELINE_REV", raising=False)
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    (tmp_path / "model.keras").write_bytes(b"model")
    yield tmp_path
    mlflow.set_tracking_uri(None)


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A repository whose pipeline has run. Tests that change it must not disturb the others."""
    repository = Repository.copied_to(tmp_path_factory.mktemp("finished"))
    repository.output = repository.dvc("repro")
    repository.commit()
    return repository


@pytest.fixture
def fresh(finished, tmp_path):
    """A copy of the finished repository, for a test to change."""
    finished.run("cp", "-r", f"{finished.folder}/.", str(tmp_path))
    (tmp_path / "mlflow.db").unlink()
    return Repository(tmp_path)


@pytest.fixture(scope="session")
def mnist(tmp_path_factory):
    """The real MNIST as a file: MNIST_NPZ, or what Keras downloads."""
    if "MNIST_NPZ" in os.environ:
        return os.environ["MNIST_NPZ"]
    from keras.datasets import mnist

    try:
        (x_train, y_train), (x_test, y_test) = mnist.load_data()
    except Exception as error:
        pytest.skip(f"needs MNIST: set MNIST_NPZ to its file, or have a network ({error})")
    file = tmp_path_factory.mktemp("mnist") / "mnist.npz"
    np.savez(file, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    return file
