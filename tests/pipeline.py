"""A repository of its own for a test: this working tree, copied, with short trainings."""

import contextlib
import importlib
import io
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from unittest.mock import patch

import mlflow
import psutil
import yaml
from ruamel.yaml import YAML

from ganpkg import machine

ROOT = Path(__file__).resolve().parent.parent
SHORT = {"epochs": 4, "log_every": 16, "picture_every": 32, "num_samples": 400}
# The least that params.yaml takes, for tests that need some numbers, whatever they are: each then
# looks at 30 samples instead of 100.
MIN_SAMPLES = 120


STAGES = "check", "prepare", "classifier", "train", "generate", "evaluate", "report"
# Variables that would lead elsewhere, one that JAX sets when it is imported, and the limits that
# hold for the tests themselves: a stage sets its own.
FOREIGN = (
    "DVC_", "MLFLOW_", "TF_CPP_MIN_LOG_LEVEL", "KERAS_BACKEND", "XLA_FLAGS",
    *machine.LIMITS, *machine.THREADS,
)  # fmt: skip
# LLVM's optimisations would take half of the time of short trainings. XLA's own passes decide in
# which order is summed up; and the pipelines under test run without this.
UNOPTIMIZED = "--xla_backend_optimization_level=0"


def xla_flags() -> dict[str, str]:
    """XLA_FLAGS as the tests were given them, without the tests' own."""
    own = UNOPTIMIZED, *machine.XLA_LIMITS
    flags = [flag for flag in os.environ.get("XLA_FLAGS", "").split() if flag not in own]
    return {"XLA_FLAGS": " ".join(flags)} if flags else {}


def flipped(content: bytes) -> bytes:
    """With one bit of another value."""
    place = len(content) // 2
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def changed_text(text: str, changes: dict) -> str:
    """A parameter file with other values, right or wrong, by keys with sections; with its
    comments."""
    yaml = YAML()
    content = yaml.load(text)
    for key, value in changes.items():
        section, _, name = key.rpartition(".")
        (content[section] if section else content)[name] = value
    file = io.StringIO()
    yaml.dump(content, file)
    return file.getvalue()


class Repository:
    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)},
            **xla_flags(),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "GIT_CONFIG_GLOBAL": os.devnull,
            **{f"GIT_{who}_NAME": "tester" for who in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{who}_EMAIL": "tester@example.org" for who in ("AUTHOR", "COMMITTER")},
        }

    @classmethod
    def copied_to(cls, folder: Path) -> "Repository":
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file() and name != "dvc.lock":
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, folder / name)
        repository = cls(folder)
        repository.set_params(**SHORT)
        repository.run("git", "init", "-q")
        repository.commit()
        return repository

    def run(self, *command: str, status: int | None = 0, **options) -> str:
        """Runs a command; returns what it printed, both streams together."""
        done = subprocess.run(
            command,
            cwd=self.folder, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600, **options,
        )  # fmt: skip
        assert status is None or done.returncode == status, done.stdout
        return done.stdout

    def dvc(self, *arguments: str, **options) -> str:
        return self.run("dvc", *arguments, **options)

    def play(self, *stages: str) -> str:
        """Runs stages' `main()` in this process, for tests that are not about DVC.

        This takes half the time of `dvc repro`. Returns what the stages printed.
        """
        from ganpkg import backend  # before Keras, for TensorFlow's switches  # noqa: F401, I001
        import keras

        outs = yaml.safe_load(self.read("dvc.yaml"))["stages"]
        environment, printed = {**self.environment, "DVC_ROOT": str(self.folder)}, io.StringIO()
        with (
            contextlib.chdir(self.folder),
            patch.dict(os.environ, environment, clear=True),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
        ):
            machine.limit()  # which a stage does when it starts
            try:
                for stage in stages or STAGES:
                    for out in (*outs[stage]["outs"], *outs[stage].get("metrics", [])):
                        self.remove(out)
                    keras.backend.clear_session()
                    importlib.import_module(f"stages.{stage}").main()
            finally:
                mlflow.set_tracking_uri(None)
        return printed.getvalue()

    def play_apart(self, *stages: str) -> str:
        """`play` in a process of its own, with this repository's own code."""
        code = "import stages, sys; from tests.pipeline import Repository;"
        code += "print(Repository('.').play(*sys.argv[1:]))"
        return self.run(sys.executable, "-c", code, *stages)

    def remove(self, name: str) -> None:
        """Removes a file or a folder, as DVC does before a stage makes it."""
        if (self.folder / name).is_dir():
            shutil.rmtree(self.folder / name)
        else:
            (self.folder / name).unlink(missing_ok=True)

    def commit(self) -> None:
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--message", "state")

    def set_params(self, **changes) -> None:
        """
        Args:
            changes: by keys with sections: `**{"dcgan.filters": 8}`.
        """
        text = changed_text(self.read("params.yaml"), changes)
        (self.folder / "params.yaml").write_text(text)

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()

    def stages_with_own_changes(self) -> list[str]:
        """The stages that `dvc repro` would run now for their own sake, not an earlier one's; but
        for `check`, which reads all of params.yaml."""
        stages = re.findall(r"Running stage '(\w+)'", self.dvc("repro", "--dry"))
        return [stage for stage in stages if stage != "check"]

    def processes(self) -> list[psutil.Process]:
        """Those that are at work here or in a temporary copy of this."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                if process.cwd().startswith(str(self.folder)):
                    found.append(process)
        return found

    def processes_of(self, stage: str) -> list[psutil.Process]:
        """Those that run a stage, without the shells around them."""
        found = []
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                if process.cmdline()[-1:] == [stage] and not process.children():
                    found.append(process)
        return found

    def start_queue(self) -> None:
        """Starts two workers on the queued experiments."""
        subprocess.run(
            ["dvc", "queue", "start", "--jobs", "2"], cwd=self.folder, env=self.environment,
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def wait_for_queue(self, seconds: float = 400) -> str:
        """Waits until no experiment is queued or running; returns DVC's table of them."""
        until = time.monotonic() + seconds
        while "Queued" in (status := self.dvc("queue", "status")) or "Running" in status:
            assert time.monotonic() < until, status
            time.sleep(6)  # to ask takes two seconds of a core
            while self.processes_of("stages.train"):
                time.sleep(0.5)
        for process in self.processes():  # a worker may stay for ever: DVC's message got lost
            with contextlib.suppress(psutil.NoSuchProcess):
                if "queue-worker" in process.cmdline():
                    process.kill()
        return status

    def client(self) -> mlflow.MlflowClient:
        return mlflow.MlflowClient(f"sqlite:///{self.folder / 'mlflow.db'}")

    def mlflow_runs(self) -> list:
        """All runs of the store at the repository's root, oldest first."""
        client = self.client()
        experiment = client.get_experiment_by_name("gan")
        if experiment is None:
            return []
        return client.search_runs(
            [experiment.experiment_id], order_by=["attributes.start_time ASC"]
        )
