"""A sweep over three machines, as docs/tracking.md shows it, over a stand-in for ssh.

They have clones of their own, a Git and a DVC remote, and an MLflow server on PostgreSQL.
"""

import os
import shlex
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path

import mlflow
import pytest

from tests.pipeline import ROOT, Repository
from tests.server import Server, free_port

POSTGRES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(POSTGRES is None, reason="needs PostgreSQL"),
    pytest.mark.skipif(shutil.which("parallel") is None, reason="needs GNU parallel"),
]
WORKERS = "one", "two", "three"
NAMES = {f"seed{seed}-latent{latent}" for seed in (0, 1) for latent in (16, 64)}
SSH = """#!/bin/sh
# ssh [OPTION]... HOST [--] COMMAND: on this machine, in the home of HOST
while case $1 in -*) true ;; *) false ;; esac; do shift; done
export HOME="{homes}/$1"
shift
if [ "$1" = -- ]; then shift; fi
cd "$HOME"
exec sh -c "$*"
"""


@pytest.fixture(scope="module")
def postgres():
    """The address of a database."""
    folder, port = Path(tempfile.mkdtemp()), free_port()
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if user:
        shutil.chown(folder, "postgres")
    where = ["--host", "127.0.0.1", "--port", str(port), "--username", "mlflow"]

    def run(name, *arguments):
        command = [*user, str(POSTGRES / name), *arguments]
        subprocess.run(command, cwd="/", check=True, stdout=subprocess.DEVNULL)

    data = ["--pgdata", str(folder / "data")]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    log = ["--log", str(folder / "log")]
    run("initdb", *data, "--username", "mlflow", "--auth", "trust")
    run("pg_ctl", *data, *log, "--options", options, "--wait", "start")
    run("createdb", *where, "mlflow")
    yield f"postgresql://mlflow@127.0.0.1:{port}/mlflow"
    run("pg_ctl", *data, "--mode", "immediate", "stop")
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def server(postgres, tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("server"), store=postgres)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def homes(finished, tmp_path_factory):
    """A folder for each worker, with a clone `gan`."""
    folder = tmp_path_factory.mktemp("homes")
    first = Repository(folder / "first")
    shutil.copytree(finished.folder, first.folder, symlinks=True)
    first.run("git", "init", "--quiet", "--bare", str(folder / "origin.git"))
    first.run("git", "remote", "add", "origin", str(folder / "origin.git"))
    first.dvc("remote", "add", "--default", "storage", str(folder / "storage"))
    first.commit()
    first.dvc("push")
    first.run("git", "push", "--quiet", "origin", "HEAD:main")
    for name in WORKERS:
        (folder / name).mkdir()
        first.run(
            "git", "clone", "-q", "-b", "main", f"{folder}/origin.git", f"{folder}/{name}/gan"
        )
        Repository(folder / name / "gan").dvc("pull")
    (folder / "ssh").write_text(SSH.format(homes=folder))
    (folder / "ssh").chmod(0o755)
    return folder


def documented_command() -> str:
    text = (ROOT / "docs/tracking.md").read_text()
    return "parallel " + text.partition("\nparallel ")[2].partition("```")[0]


def test_none_is_lost_or_run_twice(homes, server):
    first = Repository(homes / "first")
    (homes / "workers").write_text("\n".join(WORKERS))
    command = documented_command().replace(". .venv/bin/activate && ", "")
    assert command.count("dvc exp run ") == 1
    assert "::: 0 1 2 3 ::: 16 64 128" in command
    command = command.replace("::: 0 1 2 3 ::: 16 64 128", "::: 0 1 ::: 16 64")
    # A training is what a machine can be lost in; it is also what takes a minute.
    command = command.replace("-S latent_dim={2}", "-S latent_dim={2} train")
    environment = {
        **first.environment,
        "MLFLOW_TRACKING_URI": server.uri,
        "SHELL": "/bin/sh",  # without it, and without a shell around it, parallel starts nothing
        "PARALLEL_SSH": shlex.quote(str(homes / "ssh")),
        "GAN_CHECKPOINT_SECONDS": "0.5",
    }
    sweep = subprocess.Popen(
        ["bash", "-c", command], cwd=homes, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    lost = wait_for_a_training(Repository(homes / "two"), sweep)
    for process in lost:
        process.kill()
    output, _ = sweep.communicate(timeout=1500)
    assert sweep.returncode == 0, output[-3000:]

    # Nothing is lost: every experiment is in the remotes, with its results.
    first.dvc("exp", "pull", "origin", "--all-commits")
    assert set(first.dvc("exp", "list", "--name-only", "--all-commits").split()) == NAMES
    for name in ("seed0-latent16", "seed1-latent64"):
        first.dvc("exp", "apply", name)
        assert f"latent_dim: {name.partition('-latent')[2]} " in first.read("params.yaml")

    # Nothing was run twice, but for what died.
    client = mlflow.MlflowClient(server.uri)
    runs = client.search_runs([client.get_experiment_by_name("gan").experiment_id], max_results=100)
    ended = [run for run in runs if run.info.status == "FINISHED"]
    assert Counter(run.info.run_name for run in ended) == Counter(dict.fromkeys(NAMES, 1))
    assert len(runs) <= len(NAMES) + 1
    assert len({run.data.tags["generator_md5"] for run in ended}) == len(NAMES)


def wait_for_a_training(worker, sweep, seconds=300):
    """All processes of a worker, as soon as one of them trains."""
    until = time.monotonic() + seconds
    while not worker.processes_of("stages.train"):
        assert sweep.poll() is None and time.monotonic() < until, "no training"
        time.sleep(0.1)
    return worker.processes()
