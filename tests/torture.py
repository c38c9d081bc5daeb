"""Kills the training again and again, and sees whether it still ends in the same bytes.

    python -m tests.torture 100

A round kills `dvc repro` a few times at chosen or random moments, starts it again each time, and
lets it end. Then models and history must be those of an undisturbed run, MLflow must have one
finished run without double points, and no checkpoint must be left.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from itertools import cycle
from pathlib import Path

import psutil

from ganpkg.storage import md5
from tests.pipeline import Repository

KILLS_A_ROUND = 5
OUTPUTS = (
    "models/discriminator.keras", "models/environment.json", "models/generator.keras",
    "reports/history.csv",
)  # fmt: skip
COMMAND = ["dvc", "repro", "--no-run-cache", "train"]


def running(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


class Torture:
    """A repository whose pipeline has run up to the training.

    Args:
        folder: an empty one, or a repository whose pipeline has run.
    """

    def __init__(self, folder: Path, seed: int = 0, **params):
        self.random = random.Random(seed)
        has_run = (folder / "dvc.lock").exists()
        self.repository = Repository(folder) if has_run else Repository.copied_to(folder)
        self.folder = folder
        self.repository.set_params(**params)
        self.repository.environment["GAN_CHECKPOINT_SECONDS"] = "0.3"
        self.repository.dvc("repro", "classifier")
        self.repository.commit()
        begin = time.monotonic()
        self.repository.run(*COMMAND)
        self.seconds = time.monotonic() - begin
        self.expected = self.md5s()
        self.kills = Counter()

    def md5s(self) -> dict[str, str]:
        places = [*OUTPUTS, *sorted((self.folder / "data/progress").iterdir())]
        return {str(place): md5(self.folder / place) for place in places}

    def round(self, moments: list[str]) -> None:
        """Kills at each of the moments, then lets the training end and checks all."""
        self.reset()
        again = 0
        for moment in moments:
            if not self.kill_at(moment):
                break  # the training came to its end
            self.kills[moment] += 1
            if moment == "commit":  # train anew, so that the next moments come, too
                shutil.rmtree(self.folder / "checkpoints")
            # Without a checkpoint the next one begins anew, with a run of its own.
            again += not any(file.suffix == ".npz" for file in self.checkpoints())
        self.mend_rwlock()
        output = self.repository.run(*COMMAND)
        if self.md5s() != self.expected:
            raise AssertionError(f"other bytes after {moments}\n{output}")
        self.check_runs(most=1 + again)
        self.check_checkpoints()

    def checkpoints(self) -> list[Path]:
        return [file for file in self.folder.glob("checkpoints/**/*") if file.is_file()]

    def check_checkpoints(self, trainings: int = 1) -> None:
        """Of each training the end is kept, and its journal."""
        suffixes = Counter(file.suffix for file in self.checkpoints())
        assert suffixes == {".npz": trainings, "": trainings}, self.checkpoints()

    def reset(self) -> None:
        """As if nothing had been trained."""
        self.repository.run("git", "checkout", "--quiet", ".")
        (self.folder / "models/generator.keras").unlink(missing_ok=True)
        # Experiments would take the result from there.
        shutil.rmtree(self.folder / ".dvc/cache/runs", ignore_errors=True)
        shutil.rmtree(self.folder / "checkpoints", ignore_errors=True)
        self.earlier_runs = {run.info.run_id for run in self.repository.mlflow_runs()}

    def mend_rwlock(self) -> None:
        """DVC does not write its own lock atomically, and then asks for it to be removed."""
        file = self.folder / ".dvc/tmp/rwlock"
        try:
            json.loads(file.read_text())
        except FileNotFoundError:
            pass
        except ValueError:
            self.kills["(in dvc's lock)"] += 1
            file.unlink()

    def kill_at(self, moment: str) -> bool:
        """Starts the command and kills it; returns whether it came to that."""
        self.mend_rwlock()
        process = subprocess.Popen(
            COMMAND, cwd=self.folder, env=self.repository.environment, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        try:
            return getattr(self, f"_{moment}")(psutil.Process(process.pid))
        finally:
            process.wait(timeout=300)
            process.stdout.close()

    def _anywhere(self, dvc: psutil.Process) -> bool:
        """All processes at once, as when the machine loses power."""
        return self._sleep(dvc) and self._kill_all(dvc)

    def _stage(self, dvc: psutil.Process) -> bool:
        """The stage alone; dvc says that it failed."""
        stages = self._sleep(dvc) and dvc.children(recursive=True)
        for stage in stages or []:
            stage.kill()
        return bool(stages)

    def _dvc(self, dvc: psutil.Process) -> bool:
        """dvc alone, which leaves its stage running."""
        if not self._sleep(dvc):
            return False
        dvc.kill()
        return True

    def _checkpoint(self, dvc: psutil.Process) -> bool:
        """While a checkpoint is written."""
        return self._when(dvc, lambda: any(self.folder.glob("checkpoints/*/.*.tmp")))

    def _mlflow(self, dvc: psutil.Process) -> bool:
        """While MLflow writes to its database."""
        checkpoints = self.folder / "checkpoints"
        journal = self.folder / "mlflow.db-journal"
        return self._when(dvc, lambda: any(checkpoints.glob("*/*.npz")) and journal.exists())

    def _commit(self, dvc: psutil.Process) -> bool:
        """When the stage has ended, and dvc records what it made."""
        made = self.folder / "models/generator.keras"
        return self._when(dvc, lambda: made.exists() and not dvc.children())

    def _sleep(self, dvc: psutil.Process) -> bool:
        # On a machine whose load varies, a training may take a good deal less than the first one.
        until = time.monotonic() + self.random.uniform(0, 0.6 * self.seconds)
        return self._wait(dvc, lambda: time.monotonic() > until, pause=0.01)

    def _when(self, dvc: psutil.Process, moment) -> bool:
        return self._wait(dvc, moment, pause=0.0002) and self._kill_all(dvc)

    def _wait(self, dvc: psutil.Process, moment, pause: float) -> bool:
        """Whether the moment came while dvc was running."""
        while not moment():
            if not running(dvc):
                return False
            time.sleep(pause)
        return running(dvc)

    def _kill_all(self, dvc: psutil.Process) -> bool:
        os.killpg(dvc.pid, signal.SIGKILL)
        return True

    def new_runs(self) -> list:
        """The MLflow runs since `reset`."""
        runs = self.repository.mlflow_runs()
        return [run for run in runs if run.info.run_id not in self.earlier_runs]

    def check_runs(self, most: int) -> None:
        client, runs = self.repository.client(), self.new_runs()
        finished = [run for run in runs if run.info.status == "FINISHED"]
        assert finished and len(runs) <= most, [(run.info.status, run.data.tags) for run in runs]
        rows = len((self.folder / "reports/history.csv").read_text().splitlines()) - 1
        for run in finished:
            for key in run.data.metrics:
                steps = [point.step for point in client.get_metric_history(run.info.run_id, key)]
                assert len(steps) == len(set(steps)), f"double points of {key}: {steps}"
                assert "loss" not in key or len(steps) == rows, (key, steps)
            pictures = client.list_artifacts(run.info.run_id, "images")
            steps = [file.path.split("+")[2] for file in pictures if file.path.endswith(".webp")]
            assert len(steps) == len(set(steps)), steps


MOMENTS = ("checkpoint", "commit", "stage", "mlflow", "dvc", "anywhere")


def main(kills: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        torture = Torture(Path(folder), epochs=600, log_every=32, picture_every=4800)
        moments = cycle(MOMENTS)
        while sum(torture.kills.values()) < kills:
            torture.round([next(moments) for _ in range(KILLS_A_ROUND)])
            print(f"{sum(torture.kills.values())} kills: {dict(torture.kills)}", flush=True)
    print("the same bytes after every round")


if __name__ == "__main__":
    main(int(sys.argv[1]))
