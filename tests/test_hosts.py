"""Two hosts, each with a clone of its own, train together by `dvc repro`."""

import shutil
import subprocess
import sys
import time

import pytest

from ganpkg.storage import md5
from tests.pipeline import Repository
from tests.server import free_port
from tests.torture import OUTPUTS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
BY_DVC = "dvc", "repro", "--no-run-cache", "train"
ALONE = sys.executable, "-m", "stages.train"  # takes less time


class Host(Repository):
    def start(self, command, number: int, address: str) -> subprocess.Popen:
        """Trains, as process `number`; `address` is where process 0 waits."""
        for out in (*OUTPUTS, "data/progress"):  # as DVC does
            self.remove(out)
        environment = {
            **self.environment,
            "GAN_CHECKPOINT_SECONDS": "0.3",
            "KERAS_DISTRIBUTION_JOB_ADDRESSES": address,
            "KERAS_DISTRIBUTION_NUM_PROCESSES": "2",
            "KERAS_DISTRIBUTION_PROCESS_ID": str(number),
            "JAX_COORDINATOR_BIND_ADDRESS": address,
        }
        return subprocess.Popen(
            command, cwd=self.folder, env=environment, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def md5s(self):
        return [md5(self.folder / place) for place in OUTPUTS]

    def step(self) -> int:
        """The iteration of the newest checkpoint; 0 without any."""
        files = self.folder.glob("checkpoints/*/*.npz")
        return max((int(file.name.partition("-")[0]) for file in files), default=0)


@pytest.fixture(scope="module")
def hosts(finished, tmp_path_factory):
    first, second = (tmp_path_factory.mktemp(f"host_{number}") for number in range(2))
    shutil.copytree(finished.folder, first, dirs_exist_ok=True, symlinks=True)
    (first / "mlflow.db").unlink()
    shutil.rmtree(first / "checkpoints")
    Host(first).set_params(epochs=20, picture_every=160, backend="jax")
    Host(first).dvc("repro", "prepare")
    Host(first).dvc("commit", "--force", "classifier")  # TensorFlow's does, it selects nothing here
    Host(first).commit()
    shutil.copytree(first, second, dirs_exist_ok=True, symlinks=True)
    return [Host(first), Host(second)]


def start(hosts, command=ALONE):
    address = f"127.0.0.1:{free_port()}"
    return [host.start(command, number, address) for number, host in enumerate(hosts)]


def outputs(processes) -> list[str]:
    return [process.communicate(timeout=300)[0] for process in processes]


@pytest.fixture(scope="module")
def undisturbed(hosts):
    processes = start(hosts, BY_DVC)
    printed = outputs(processes)
    assert [process.returncode for process in processes] == [0, 0], printed
    assert "on 2 devices" in printed[0]
    return [host.md5s() for host in hosts]


def test_both_have_the_same_bytes_and_the_first_keeps_the_record(hosts, undisturbed):
    assert undisturbed[0] == undisturbed[1]
    (run,) = hosts[0].mlflow_runs()
    assert run.info.status == "FINISHED"
    assert not (hosts[1].folder / "mlflow.db").exists()
    assert hosts[0].step() == 20 * 16 and not hosts[1].step()  # its end is kept


def test_if_one_is_killed_the_other_stops_and_both_go_on(hosts, undisturbed):
    """Twice in one training: process 1, then process 0."""
    shutil.rmtree(hosts[0].folder / "checkpoints")
    reached = 0
    for killed in (1, 0):
        processes, until = start(hosts), time.monotonic() + 120
        while hosts[0].step() <= reached:
            assert time.monotonic() < until, "no checkpoint"
            time.sleep(0.05)
        reached = hosts[0].step()
        began = time.monotonic()
        processes[killed].kill()
        printed = outputs(processes)
        assert time.monotonic() - began < 60
        assert all(process.returncode for process in processes)
        if killed == 1:
            assert "another process of this training has gone" in printed[0]
            assert "Traceback" not in printed[0]
    again = start(hosts)
    printed = outputs(again)
    assert [process.returncode for process in again] == [0, 0], printed
    assert all("going on from the checkpoint" in text for text in printed)
    assert [host.md5s() for host in hosts] == undisturbed


def test_hosts_that_differ(hosts):
    hosts[1].set_params(seed=1)
    try:
        processes = start(hosts)
        printed = outputs(processes)
    finally:
        hosts[1].set_params(seed=0)
    assert all(process.returncode for process in processes)
    assert "train: process 1 has other parameters, data, code, versions or hardware" in printed[1]
    assert "another process of this training has gone" in printed[0]
