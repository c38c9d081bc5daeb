"""The generator as MLflow loads it: samples in the data's units, from any input people pass."""

import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path
from types import SimpleNamespace

import mlflow
import numpy as np
import pandas as pd
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ganpkg import storage, sync
from ganpkg.datasets import dataset
from ganpkg.datasets.dataset import Split
from ganpkg.datasets.source import RowSource
from ganpkg.kinds.images import Images
from ganpkg.labels import append_codes
from ganpkg.logged_generator import LoggedGenerator
from ganpkg.sampling import latents
from tests import small

POINTS = np.random.default_rng(0).normal(size=(5, 4))


@pytest.fixture
def logged(tmp_path):
    """Loads the generator of a dataset as MLflow does; returns the network and its `predict`."""

    def load(data, conditional=False):
        dataset.save(data, tmp_path)
        inputs = 4 + len(data.classes) * conditional
        network = small.generator(inputs, data.train.samples.shape[1:], data.kind)
        storage.save_model(network, tmp_path / "generator.keras")
        storage.write_json(tmp_path / "environment.json", {"keras backend": "tensorflow"})
        names = ["generator.keras", "environment.json", "table.json"]
        names += ["classes.json"] if conditional else []
        files = {Path(name).stem: str(tmp_path / name) for name in names}
        model = LoggedGenerator()
        model.load_context(SimpleNamespace(artifacts=files))
        return network, lambda given: model.predict(None, given)

    return load


def pictures():
    samples = np.zeros((6, 8, 8, 1), np.uint8)
    return dataset.Dataset(*3 * [Split(samples, np.arange(6) % 3)], classes=["10", "cat", "2"])


def test_a_table_in_its_units(logged):
    rows = np.random.default_rng(1).normal(100, 20, (200, 2)).round() / [1, 100]
    data = RowSource.from_rows(["age", "share"], rows, rows, rows, types=["int64", "float64"])
    network, predict = logged(data)
    expected = data.kind.to_user(latents.generate(network, POINTS, data.kind))
    assert expected["age"].dtype == np.int64
    for given in (POINTS, POINTS.astype(np.float32), POINTS.tolist(), pd.DataFrame(POINTS)):
        pd.testing.assert_frame_equal(predict(given), expected)


def test_pictures_of_the_requested_class(logged):
    network, predict = logged(pictures(), conditional=True)

    def expected(*labels):
        points = append_codes(POINTS.astype(np.float32), np.array(labels), 3)
        return latents.generate(network, points, Images())

    assert predict({"points": POINTS, "class": "cat"}).dtype == np.uint8
    for asked, labels in (
        ("cat", [1] * 5),
        (2, [2] * 5),
        ("2", [2] * 5),
        (["10", "cat", 1, "2", np.int64(0)], [0, 1, 1, 2, 0]),
    ):
        given = predict({"points": POINTS.tolist(), "class": asked})
        np.testing.assert_array_equal(given, expected(*labels))
    table = pd.DataFrame(POINTS).assign(**{"class": ["cat", "2", "10", "cat", "2"]})
    np.testing.assert_array_equal(predict(table), expected(1, 2, 0, 1, 2))


@pytest.mark.parametrize(
    "conditional, given, message",
    [
        (False, POINTS[:, 1:], r"points of shape \(5, 3\), expected \(n, 4\)"),
        (False, POINTS[0], r"points of shape \(4,\), expected \(n, 4\)"),
        (False, POINTS[:0], r"points of shape \(0, 4\), expected \(n, 4\)"),
        (False, {"points": POINTS, "class": 1}, "knows none"),
        (False, {"point": POINTS}, "given point, expected points and class"),
        (True, POINTS, "expected a class, one of 10, cat, 2"),
        (True, {"points": POINTS, "class": "dog"}, "class 'dog', expected one of 10, cat, 2"),
        (True, {"points": POINTS, "class": 3}, "class 3, expected one of 10, cat, 2"),
        (True, {"points": POINTS, "class": ["cat", "2"]}, "2 classes for 5 points"),
    ],
)
def test_unusable_input(logged, conditional, given, message):
    _, predict = logged(pictures(), conditional)
    with pytest.raises(ValueError, match=message):
        predict(given)


# Loads a model and generates, where packages of other distributions cannot be imported.
ELSEWHERE = """
import sys
from importlib.metadata import packages_distributions

import numpy as np
from packaging.utils import canonicalize_name

model, *installed = sys.argv[1:]
owners = {name: set(map(canonicalize_name, of)) for name, of in packages_distributions().items()}
missing = {name for name, of in owners.items() if of.isdisjoint(installed)}


class Refusal:
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in missing:
            raise ModuleNotFoundError(f"{name} is not installed here", name=name)


sys.meta_path.insert(0, Refusal)
import mlflow

rows = mlflow.pyfunc.load_model(model).predict(np.zeros((2, 4)))
print(sys.modules["ganpkg"].__file__, *rows)
"""


def with_dependencies(lines: list[str]) -> set[str]:
    """The names of the distributions that pip installs for a requirements.txt."""
    found, left = set(), [Requirement(line) for line in lines]
    while left:
        needed = left.pop()
        key = canonicalize_name(needed.name), frozenset(needed.extras)
        if key not in found:
            found.add(key)
            for own in map(Requirement, requires(needed.name) or []):
                extras = [{"extra": extra} for extra in ("", *needed.extras)]
                if own.marker is None or any(map(own.marker.evaluate, extras)):
                    left.append(own)
    return {name for name, _ in found}


@pytest.mark.slow_but_one
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_the_model_needs_only_its_requirements(store, monkeypatch, backend):
    """Loaded elsewhere, it runs its own copy of the package."""
    monkeypatch.chdir(store)
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    rows = np.random.default_rng(1).normal(size=(200, 2))
    data = RowSource.from_rows(["age", "share"], rows, rows, rows)
    dataset.save(data, "data/prepared")
    network = small.generator(4, (2,), data.kind)
    storage.save_model(network, "models/generator.keras")
    storage.write_json("models/environment.json", {"keras backend": backend})
    client, experiment_id = sync.connect()
    params = SimpleNamespace(backend=backend, conditional=False)
    run_id = client.create_run(experiment_id).info.run_id
    sync._log_generator(run_id, SimpleNamespace(params=params))
    model = mlflow.artifacts.download_artifacts(f"runs:/{run_id}/generator", dst_path=str(store))
    installed = with_dependencies(Path(model, "requirements.txt").read_text().splitlines())
    assert {"keras", backend, "mlflow"} <= installed and "dvc" not in installed
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, model, *installed], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{model}/code/ganpkg/__init__.py age share\n"
