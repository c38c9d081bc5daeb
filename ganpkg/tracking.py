"""The MLflow run of a training, a view of DVC's record: no output of DVC depends on it."""

import sys
import time

from ganpkg import process, record
from ganpkg.comparison import address
from ganpkg.errors import UserError
from ganpkg.params import Params
from ganpkg.tracking_store import PROCESS, REMEDY, Run, connect, store_errors, uri

PAUSE = 20  # between writes, as a multiple of their duration; so a slow store costs little time


class TrainingRun:
    """The run of a training, written while it goes on. A failing store does not stop the training.

    A context manager: the run ends as FINISHED, FAILED, or KILLED by a signal. While the store is
    gone, metrics and tags wait, and pictures are lost; `sync.py` adds what is missing. If a
    training runs on many hosts, only process 0 writes.

    Args:
        params: those that affect the training are logged.
        data_md5: the md5 of the file of train samples.
        run_id: the run to go on with, if the store has it.
    """

    def __init__(self, params: Params, data_md5: str, run_id: str | None = None):
        from ganpkg import backend

        experiment, commit = record.experiment()
        self.run_id, self._run, self._is_writer = run_id, None, backend.process() == 0
        self._name = record.run_name(experiment, params, commit)
        self._params = record.texts(params, omit=record.EVALUATION)
        self._tags = {"git_commit": commit, "data_md5": data_md5, "backend": backend.NAME}
        self._tags |= {PROCESS: process.own_name()}
        self._tags |= {"dvc_exp_name": experiment} if experiment else {}
        self._metrics, self._pictures = [], []
        self._wait_until, self._warned = 0.0, False

    def __enter__(self) -> "TrainingRun":
        self._write()
        self._wait_until = 0.0  # opening a store takes long, but only once
        return self

    def __exit__(self, kind: type[BaseException] | None, *_) -> None:
        by_signal = kind and issubclass(kind, KeyboardInterrupt | SystemExit)
        self._write("KILLED" if by_signal else "FAILED" if kind else "FINISHED")

    def log_metrics(self, metrics: dict[str, float], step: int) -> None:
        self._metrics.append((step, metrics))
        self._write()

    def set_tags(self, tags: dict[str, str]) -> None:
        self._tags |= tags
        self._write()

    def log_picture(self, picture, key: str, step: int = 0) -> None:
        """Adds to the UI's image grid: `picture` is (height, width, channels) uint8."""
        self._pictures.append((picture, key, step))
        self._write()

    def _write(self, status: str | None = None) -> None:
        """Writes what waits, unless it is time for a pause. A status is written at once."""
        start = time.monotonic()
        if not self._is_writer or (start < self._wait_until and not status):
            return
        try:
            with store_errors(Exception):
                self._run = self._run or self._open()
                self._run.log(self._metrics, self._tags, {})
                self._metrics = []
                while self._pictures:
                    self._run.log_picture(*self._pictures.pop(0))
                if status:
                    self._run.client.set_terminated(self.run_id, status)
        except UserError as error:
            self._run, self._pictures = None, []  # reopening it shows what was written
            if not self._warned:
                print(f"going on, although {error}\n{REMEDY}", file=sys.stderr)
            self._warned = True
        self._wait_until = time.monotonic() + PAUSE * (time.monotonic() - start)

    def _open(self) -> Run:
        client, experiment_id = connect()
        existing = client.search_runs([experiment_id], f"attributes.run_id = '{self.run_id}'")
        run = Run(client, existing[0] if existing else client.create_run(experiment_id))
        self.run_id = run.id
        if not existing:
            print(f"MLflow (`make ui`): {address(uri(), experiment_id)}", flush=True)
        run.log([], self._tags, self._params)  # before the status: nobody must take it for dead
        client.update_run(self.run_id, "RUNNING", self._name)
        if "dvc_exp_name" in run.tags.keys() - self._tags.keys():  # the one of a killed experiment
            client.delete_tag(self.run_id, "dvc_exp_name")
        return run
