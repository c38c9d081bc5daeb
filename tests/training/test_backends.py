"""TensorFlow and JAX train the same GAN, and each can read what the other saved."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from ganpkg import storage
from ganpkg.kinds.images import Images
from ganpkg.networks.architecture import Task
from ganpkg.networks.maxout import Maxout
from ganpkg.section import choices
from tests.pipeline import ROOT
from tests.training.backends import TRAININGS
from tests.training.conftest import names_tested
from tests.training.trainings import with_options

BACKENDS = "tensorflow", "jax"
TWICE = [
    *{name.partition(",")[0]: name for name in with_options()}.values()
]  # of each architecture
pytestmark = pytest.mark.timeout(1200)


def started(backend, module, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT, env={**os.environ, "KERAS_BACKEND": backend}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def output(process) -> str:
    printed, errors = process.communicate()
    assert process.returncode == 0, errors[-2000:]
    return printed


@pytest.fixture(scope="module")
def results(tmp_path_factory, request):
    """By backend: what `tests.training.backends` writes, from the same start weights."""
    folder = tmp_path_factory.mktemp("backends")
    names = [name for name in names_tested(request) if name in TRAININGS]
    for backend in BACKENDS:
        output(started(backend, "tests.training.backends", str(folder), backend, *names))
    return [np.load(folder / f"{backend}.npz") for backend in BACKENDS]


def test_every_objective_is_among_them():
    assert {changes.get("objective") for changes in TRAININGS.values()} >= set(
        choices("ganpkg.objectives")
    )


@pytest.mark.slow_but_one
@pytest.mark.parametrize("name", TRAININGS)
def test_the_same_training(results, name):
    """After 20 iterations in float32, during which weights move by 0.004."""
    first, second = results
    keys = [key for key in first if key.startswith(f"{name}:")]
    assert len(keys) > 20
    for key in keys:
        np.testing.assert_allclose(second[key], first[key], rtol=1e-5, atol=1e-5, err_msg=key)


def test_models_saved_under_one_load_under_the_other(results):
    first, second = (result["generated"].astype(int) for result in results)
    assert len(np.unique(first)) > 10 and abs(first - second).max() <= 1


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_model_with_layers_of_our_own_loads_in_another_process(tmp_path, backend):
    family = Maxout(generator_units=[8], discriminator_units=[4])
    network = family.discriminator(Task(4, (8, 8, 1), Images()))
    storage.save_model(network, tmp_path / "model.keras")
    samples = np.random.default_rng(0).uniform(-1, 1, (5, 8, 8, 1)).astype(np.float32)
    np.save(tmp_path / "samples.npy", samples)
    code = "import sys, numpy as np; from ganpkg import storage;"
    code += "found = storage.load_model(sys.argv[1] + '/model.keras');"
    code += "np.save(sys.argv[1] + '/logits', found(np.load(sys.argv[1] + '/samples.npy')))"
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, check=True,
        env={**os.environ, "KERAS_BACKEND": backend},
    )  # fmt: skip
    np.testing.assert_allclose(np.load(tmp_path / "logits.npy"), network(samples), atol=1e-6)


@pytest.fixture(scope="module")
def twice(finished):
    """Of two processes, of which one stops and goes on: training -> file -> md5."""
    where = [str(finished.folder / name) for name in ("data/prepared", "models/classifier.keras")]
    module = "tests.training.trainings"
    both = [started("jax", module, *where, stop, *TWICE) for stop in ("0", "16")]
    return [json.loads(output(process)) for process in both]


@pytest.mark.slow
@pytest.mark.parametrize("name", TWICE)
def test_jax_makes_the_same_bytes_again(twice, name):
    first, second = (md5s[name] for md5s in twice)
    assert len(first) == 4 and first == second


@pytest.mark.parametrize(
    "backend, told",
    [
        ("torch", "given torch, expected tensorflow or jax"),
        ("nonsense", "given nonsense, expected tensorflow or jax"),
    ],
)
def test_another_backend(backend, told):
    code = "from ganpkg import stage; stage.run('train', lambda: __import__('ganpkg.backend'))"
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True, text=True,
    )  # fmt: skip
    assert (process.returncode, process.stderr) == (2, f"train: KERAS_BACKEND: {told}\n")


def test_a_variable_that_says_otherwise():
    process = subprocess.run(
        [sys.executable, "-m", "stages.check"], cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": "jax"}, capture_output=True, text=True,
    )  # fmt: skip
    told = "check: params.yaml: backend: given tensorflow, expected jax, since the variable "
    told += "KERAS_BACKEND says so; unset it\n"
    assert (process.returncode, process.stderr) == (2, told)


def test_a_backend_that_is_not_installed():
    code = """if True:
        import sys
        from ganpkg import stage
        sys.modules["jax"] = None
        stage.run("train", lambda: __import__("ganpkg.backend"))
    """
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True, text=True,
    )  # fmt: skip
    told = "train: KERAS_BACKEND: jax needs jax, which is not installed here\n"
    assert (process.returncode, process.stderr) == (2, told)


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_what_keras_finds_in_a_home_directory_changes_nothing(tmp_path, backend):
    given = {"floatx": "float64", "image_data_format": "channels_first", "epsilon": 0.001}
    (tmp_path / "keras.json").write_text(json.dumps({**given, "backend": "torch"}))
    code = (
        "import ganpkg.backend, keras; config = keras.config;"
        "print(config.backend(), config.floatx(), config.image_data_format(), config.epsilon())"
    )
    environment = {**os.environ, "KERAS_BACKEND": backend, "KERAS_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == f"{backend} float32 channels_last 1e-07\n"
