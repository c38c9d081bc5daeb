"""Trainings that are killed or interrupted end in the bytes of an undisturbed one."""

import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.pipeline import flipped
from tests.torture import COMMAND, Torture

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def torture(finished, tmp_path_factory):
    folder = tmp_path_factory.mktemp("torture")
    shutil.copytree(finished.folder, folder, dirs_exist_ok=True, symlinks=True)
    (folder / "mlflow.db").unlink()
    return Torture(folder, epochs=120, log_every=32, picture_every=960)


def test_kills_in_the_middle_of_writing(torture):
    """`make torture` is the long form."""
    torture.round(["checkpoint", "mlflow", "commit"])
    assert torture.kills["checkpoint"] and sum(torture.kills.values()) >= 2


def stages_of(torture):
    return torture.repository.processes_of("stages.train")


def wait_for(moment, seconds=120, pause=0.05):
    until = time.monotonic() + seconds
    while not moment():
        assert time.monotonic() < until
        time.sleep(pause)


def wait_for_a_checkpoint(torture):
    wait_for(lambda: any(torture.folder.glob("checkpoints/*/[1-9]*.npz")))


def kill_at_checkpoints(torture, count=1, seconds=300):
    """Kills so many trainings, each as soon as it has a checkpoint to go on from."""
    killed, until = set(), time.monotonic() + seconds
    while len(killed) < count:
        assert time.monotonic() < until, "no checkpoint"
        for stage in stages_of(torture):
            for file in locked_by(stage):
                if any(file.with_suffix("").glob("[1-9]*.npz")):
                    stage.kill()
                    killed.add(stage.pid)
        time.sleep(0.05)


def locked_by(process):
    try:
        return [Path(file.path) for file in process.open_files() if file.path.endswith(".lock")]
    except psutil.NoSuchProcess:
        return []


def started(torture, *command):
    return subprocess.Popen(
        command, cwd=torture.folder, env=torture.repository.environment, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def test_an_interrupted_stage_stops_at_a_checkpoint(torture):
    torture.reset()
    dvc = started(torture, *COMMAND)
    wait_for_a_checkpoint(torture)
    began = time.monotonic()
    for stage in stages_of(torture):
        stage.send_signal(signal.SIGTERM)
    output, _ = dvc.communicate(timeout=60)
    assert time.monotonic() - began < 10
    assert "exited with 143" in output and "Traceback" not in output
    assert "run it again to go on from iteration " in output
    step = int(output.partition("stopped at iteration ")[2].partition(";")[0].replace(",", ""))
    output = torture.repository.run(*COMMAND)
    assert f"going on from the checkpoint at iteration {step:,}" in output
    assert torture.md5s() == torture.expected
    torture.check_runs(most=1)


@pytest.mark.parametrize("shell, at_its_end", [("bash", False), ("sh", True)])
def test_a_stage_whose_dvc_was_killed_leaves_a_checkpoint(torture, monkeypatch, shell, at_its_end):
    """A damaged one is not used; the one before it is."""
    monkeypatch.setitem(torture.repository.environment, "SHELL", shutil.which(shell))
    torture.reset()
    dvc = started(torture, *COMMAND)
    if at_its_end:
        wait_for((torture.folder / "models/generator.keras").exists)
    else:
        wait_for_a_checkpoint(torture)
    (stage,) = stages_of(torture)
    dvc.kill()
    dvc.wait()
    stage.wait(timeout=60 if at_its_end else 20)
    going_on = "going on from the checkpoint at iteration "
    if at_its_end:
        assert going_on in torture.repository.run(*COMMAND)
    else:
        *_, older, newest = sorted(
            torture.folder.glob("checkpoints/*/*.npz"), key=lambda f: int(f.name.split("-")[0])
        )
        newest.write_bytes(flipped(newest.read_bytes()))
        output = torture.repository.run(*COMMAND)
        assert f"{newest}: is damaged or of another training; not used" in output
        assert f"{going_on}{int(older.name.split('-')[0]):,}" in output
    assert torture.md5s() == torture.expected
    torture.check_runs(most=1)
    torture.check_checkpoints()


def test_killed_queued_experiments_go_on_when_they_are_run_again(torture, count=2):
    """Two at once: each goes on from its own checkpoint. Temporary ones run in the same way."""
    torture.reset()
    dvc = torture.repository.dvc
    dvc("queue", "remove", "--all")

    def start_queue():
        for seed in range(count):
            dvc("exp", "run", "--queue", "-S", f"seed={seed}", "train")
        torture.repository.start_queue()

    start_queue()
    kill_at_checkpoints(torture, count)
    torture.repository.wait_for_queue()
    start_queue()
    status = torture.repository.wait_for_queue()
    logs = [dvc("queue", "logs", name) for name in re.findall(r"(?m)^(\w{7})\s", status)]
    assert sum("going on from the checkpoint" in log for log in logs) == count
    check_experiments(torture, count)


def check_experiments(torture, count=1):
    torture.check_runs(most=count)
    made = [run.data.tags["generator_md5"] for run in torture.new_runs()]
    assert torture.expected["models/generator.keras"] in made
    assert len(set(made)) == count
    names = torture.repository.dvc("exp", "list", "--name-only").split()
    for run in torture.new_runs():
        assert run.data.tags["dvc_exp_name"] == run.info.run_name in names
    torture.check_checkpoints(count)
