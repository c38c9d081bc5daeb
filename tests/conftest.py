"""What many tests share: the parameters that ship, changed and written where a test wants."""

import importlib
import os

from ganpkg import machine

if machine.can_be_portable():  # a stage's limits, before libraries that compute are imported
    os.environ |= machine.variables(threads=4)

import shutil
import signal
from collections.abc import Callable
from functools import cache
from pathlib import Path

import mlflow
import numpy as np
import pytest
import yaml
from filelock import FileLock
from xdist.scheduler import LoadScopeScheduling

from ganpkg.params import read_params
from tests.pipeline import ROOT, UNOPTIMIZED, Repository, changed_text

os.environ["XLA_FLAGS"] = f"{UNOPTIMIZED} {os.environ.get('XLA_FLAGS', '')}".strip()
# Whichever test imports Keras first: TensorFlow gets the switches that the stages give it.
importlib.import_module("ganpkg.backend")
# XLA reads its flags once, when it first compiles. Otherwise that could be in a test that plays a
# stage, without the flag above, and bytes would depend on the tests before.
tensorflow = importlib.import_module("tensorflow")
tensorflow.function(lambda: tensorflow.zeros([]), jit_compile=True)()
# A shell's background job starts with Ctrl-C ignored, which the processes under test would inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)


@cache
def shares_fixtures(file: str) -> bool:
    """Whether tests of a file, relative to the repository, have a fixture of their module."""
    return 'scope="module"' in (ROOT / file).read_text()


class Groups(LoadScopeScheduling):
    """Runs a file's tests on one worker if they share a fixture, and all others one by one.

    In place of xdist's marks for groups, which have no effect under pytest 9.2.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if shares_fixtures(file) else nodeid


def pytest_xdist_make_scheduler(config, log):
    return Groups(config, log)


@pytest.hookimpl(tryfirst=True)  # before those that are not asked for are left out
def pytest_collection_modifyitems(items):
    """Of a test marked `slow_but_one` all cases but the first are slow ones.

    Files whose tests share a fixture begin, those first that do not begin with the finished
    repository: so one worker can make it while another one tests. Then come the slow tests: short
    ones at the end keep all workers busy until it.
    """
    seen, first = set(), {}
    for item in items:
        first.setdefault(item.path, item)
        test = item.nodeid.partition("[")[0]
        if item.get_closest_marker("slow_but_one") and test in seen:
            item.add_marker(pytest.mark.slow)
        seen.add(test)

    def order(item):
        if shares_fixtures(item.nodeid.partition("::")[0]):
            return 1 if "finished" in first[item.path].fixturenames else 0
        return 2 if item.get_closest_marker("slow") else 3

    items.sort(key=order)


@pytest.fixture
def shipped():
    """The parameters of the repository's params.yaml."""
    return read_params(ROOT / "params.yaml")


@pytest.fixture
def write_params(tmp_path, shipped):
    """Writes the shipped parameters with changes, right or wrong; returns the file's path."""

    def write(**changes):
        path = tmp_path / "params.yaml"
        path.write_text(changed_text(yaml.safe_dump(shipped.model_dump()), changes))
        return path

    return write


def once(tmp_path_factory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that `make` fills, once for all of xdist's workers."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    folder, made = base / name, base / f"{name}.made"
    with FileLock(base / f"{name}.lock"):
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            made.touch()
    return folder


@pytest.fixture(autouse=True)
def own_store():
    """A store that a test names is forgotten after it: MLflow keeps it for the whole process."""
    yield
    mlflow.set_tracking_uri(None)


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory):
    """The file of a new tracking store, to be copied: MLflow takes 3 seconds to make one."""

    def make(folder):
        mlflow.MlflowClient(f"sqlite:///{folder / 'mlflow.db'}").search_experiments()

    return once(tmp_path_factory, "empty_store", make) / "mlflow.db"


@pytest.fixture
def store(tmp_path, monkeypatch, empty_store):
    """An empty store at the root of an empty repository, and a file as the model."""
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME", "DVC_EXP_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("DVC_EXP_BASELINE_REV", raising=False)
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    shutil.copy(empty_store, tmp_path / "mlflow.db")
    (tmp_path / "model.keras").write_bytes(b"model")
    return tmp_path


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A repository whose pipeline has run, one for all tests: none may change it."""

    def make(folder):
        repository = Repository.copied_to(folder)
        folder.with_suffix(".log").write_text(repository.dvc("repro"))
        repository.commit()

    folder = once(tmp_path_factory, "finished", make)
    repository = Repository(folder)
    repository.output = folder.with_suffix(".log").read_text()
    return repository


@pytest.fixture
def fresh(finished, tmp_path, empty_store):
    """A copy of the finished repository, for a test to change, with an empty tracking store."""
    finished.run("cp", "-r", f"{finished.folder}/.", str(tmp_path))
    shutil.copy(empty_store, tmp_path / "mlflow.db")
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
