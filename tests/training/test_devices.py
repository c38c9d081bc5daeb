"""A batch spread over many devices, or many processes, gives what one device gives."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from ganpkg import backend
from ganpkg.backend import hosts
from ganpkg.errors import UserError
from ganpkg.params import read_params
from tests.pipeline import ROOT
from tests.server import free_port
from tests.training.trainings import with_options

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
NAMES = "conditional", "wasserstein_gp", "dcgan, average", "maxout"
FOUR = {"XLA_FLAGS": f"{os.environ['XLA_FLAGS']} --xla_force_host_platform_device_count=4"}

GROUP = {"JOB_ADDRESSES": "127.0.0.1:1", "NUM_PROCESSES": "2", "PROCESS_ID": "1"}


def started(module, *arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT, env={**os.environ, "KERAS_BACKEND": "jax", **environment}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def outputs(*processes) -> list[str]:
    both = [process.communicate() for process in processes]
    for process, (_, errors) in zip(processes, both):
        assert process.returncode == 0, errors[-2000:]
    return [output for output, _ in both]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """By label: what `tests.training.backends` writes, from the same start weights."""
    folder, module = tmp_path_factory.mktemp("devices"), "tests.training.backends"
    outputs(started(module, str(folder), "one", *NAMES))
    outputs(started(module, str(folder), "four", *NAMES, **FOUR))
    address = f"127.0.0.1:{free_port()}"
    group = {
        "KERAS_DISTRIBUTION_JOB_ADDRESSES": address,
        "KERAS_DISTRIBUTION_NUM_PROCESSES": "2",
        "JAX_COORDINATOR_BIND_ADDRESS": address,
    }
    labels = "process 0", "process 1"
    outputs(
        *(
            started(
                module, str(folder), label, *NAMES, KERAS_DISTRIBUTION_PROCESS_ID=label[-1], **group
            )
            for label in labels
        )
    )
    return {label: np.load(folder / f"{label}.npz") for label in ("one", "four", *labels)}


@pytest.mark.parametrize("label", ["four", "process 0"])
@pytest.mark.parametrize("name", NAMES)
def test_the_same_training(results, name, label):
    """After 20 iterations in float32, during which weights move by 0.004."""
    keys = [key for key in results["one"] if key.startswith(f"{name}:")]
    assert len(keys) > 20
    for key in keys:
        expected, given = results["one"][key], results[label][key]
        np.testing.assert_allclose(given, expected, rtol=1e-5, atol=1e-5, err_msg=key)


def test_the_batch_was_spread(results):
    """Sums in another order round otherwise, which shows that there was more than one device."""
    key = "conditional: scores"
    assert not np.array_equal(results["one"][key], results["four"][key])


def test_all_processes_have_the_same_bytes(results):
    for key in results["process 0"]:
        assert np.array_equal(results["process 0"][key], results["process 1"][key]), key


def test_the_same_bytes_again_on_as_many_devices(finished):
    """In the other process each training is also stopped, and goes on from a checkpoint."""
    where = [str(finished.folder / name) for name in ("data/prepared", "models/classifier.keras")]
    names = [name for name in with_options() if "best FID" in name or "R1" in name]
    module = "tests.training.trainings"
    printed = outputs(*(started(module, *where, stop, *names, **FOUR) for stop in ("0", "16")))
    first, second = map(json.loads, printed)
    assert len(first) == len(names) and first == second


@pytest.mark.parametrize(
    "environment, told",
    [
        ({"NUM_PROCESSES": "2"}, "JOB_ADDRESSES: missing, since others"),
        ({"JOB_ADDRESSES": "nowhere"}, "JOB_ADDRESSES: given nowhere, expected HOST:PORT"),
        ({"NUM_PROCESSES": "two"}, "NUM_PROCESSES: given two, expected a whole number, at least 2"),
        ({"NUM_PROCESSES": "1"}, "NUM_PROCESSES: given 1, expected at least 2"),
        ({"PROCESS_ID": "2"}, "PROCESS_ID: given 2, expected from 0 to 1"),
    ],
)
def test_wrong_groups(monkeypatch, environment, told):
    for key, value in (environment if told.endswith("others") else GROUP | environment).items():
        monkeypatch.setenv(f"KERAS_DISTRIBUTION_{key}", value)
    with pytest.raises(UserError, match=told):
        hosts.read()


def test_a_first_process_that_is_not_there(monkeypatch):
    monkeypatch.setattr(hosts, "TIMEOUT_SECONDS", 0.5)
    with pytest.raises(UserError, match=r"process 0 is not at 127\.0\.0\.1:1: "):
        hosts.Group("127.0.0.1:1", 2, 1).wait_for_first()


@pytest.mark.parametrize(
    "changes, told",
    [
        ({}, "batch_size: given 64, expected a multiple of 3, the number of devices"),
        ({"engine": "textbook"}, "engine: given textbook, expected compiled, to run on 3 devices"),
    ],
)
def test_parameters_that_do_not_fit_the_devices(write_params, monkeypatch, changes, told):
    monkeypatch.setattr(backend, "devices", lambda: 3)
    params = read_params(write_params(**changes))
    with pytest.raises(UserError, match=told), backend.join_processes(params):
        pass


def test_tensorflow_has_no_other_hosts(monkeypatch):
    for key, value in GROUP.items():
        monkeypatch.setenv(f"KERAS_DISTRIBUTION_{key}", value)
    told = "KERAS_DISTRIBUTION_JOB_ADDRESSES: training on many hosts needs backend: jax"
    with pytest.raises(UserError, match=told), backend.join_processes(read_params()):
        pass
