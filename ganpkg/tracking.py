"""The MLflow run of a training, a view of DVC's record.

If the store fails, `sync.py` adds what is missing later. No output of DVC contains anything of
MLflow's.
"""

import sys
import time
from collections.abc import Callable

from ganpkg import process, record
from ganpkg.comparison import address
from ganpkg.errors import UserError
from ganpkg.params import Params
from ganpkg.tracking_store import PROCESS, Run, connect, points, store_errors, uri

FLUSH_SECONDS = 2.0
PAUSE = 20  # after a failure, as a multiple of its duration; so a missing store costs little time


class TrainingRun:
    """The run of a training, written while the training goes on, which no failing store stops.

    A context manager: the run ends as FINISHED, FAILED, or KILLED by a signal. While the store is
    gone, metrics and tags are kept until it returns; pictures are not. If a training runs on many
    hosts, only process 0 writes.

    Args:
        params: those that affect the training are logged.
        data_md5: the md5 of the file of train samples.
        run_id: the run of a training that is resumed; it goes on, if the store has it.
    """

    def __init__(self, params: Params, data_md5: str, run_id: str | None = None):
        from ganpkg import backend

        experiment, commit = record.experiment()
        self.run_id, self._run, self._is_writer = run_id, None, backend.process() == 0
        self._name = record.run_name(experiment, params, commit)
        self._params = record.texts(params, omit=record.EVALUATION)
        self._tags = {
            "git_commit": commit,
            "data_md5": data_md5,
            "backend": backend.NAME,
            PROCESS: process.own_name(),
            **({"dvc_exp_name": experiment} if experiment else {}),
        }
        self._metrics: list = []
        self._flush_time, self._pause_until, self._warned = 0.0, 0.0, False

    def __enter__(self) -> "TrainingRun":
        self.flush()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_) -> None:
        by_signal = kind and issubclass(kind, KeyboardInterrupt | SystemExit)
        status = "KILLED" if by_signal else "FAILED" if kind else "FINISHED"
        self._pause_until = 0.0
        self._try(lambda run: (self._write(run), run.end(status)))

    def log_metrics(self, metrics: dict[str, float], step: int) -> None:
        """Logs metrics, which are written together every few seconds."""
        self._metrics += points(metrics, step)
        if time.monotonic() > self._flush_time + FLUSH_SECONDS:
            self.flush()

    def set_tags(self, tags: dict[str, str]) -> None:
        self._tags |= tags
        self.flush()

    def log_picture(self, picture, key: str, step: int = 0) -> None:
        """Adds to the UI's image grid: `picture` is (height, width, channels) uint8."""
        self._try(lambda run: run.log_picture(picture, key, step))

    def flush(self) -> None:
        """Writes all metrics, tags and parameters that the store lacks."""
        self._flush_time = time.monotonic()
        self._try(self._write)

    def _write(self, run: Run) -> None:
        run.log(self._metrics, self._tags, self._params)
        self._metrics = []

    def _try(self, action: Callable[[Run], object]) -> None:
        """Runs `action`, unless the store failed a moment ago; warns of the first failure."""
        start = time.monotonic()
        if not self._is_writer or start < self._pause_until:
            return
        try:
            with store_errors(Exception):
                self._run = self._run or self._open()
                action(self._run)
        except UserError as error:
            self._run = None  # reopening it shows which part of the action was written
            if not self._warned:
                print(
                    f"going on, although {error}\nthe stage `report`, or "
                    "`python -m ganpkg.sync`, will bring it up to date",
                    file=sys.stderr,
                )
            self._warned = True
            end = time.monotonic()
            self._pause_until = end + PAUSE * (end - start)

    def _open(self) -> Run:
        client, experiment_id = connect()
        existing = client.search_runs([experiment_id], f"attributes.run_id = '{self.run_id}'")
        run = existing[0] if existing else client.create_run(experiment_id, run_name=self._name)
        if run.info.run_id != self.run_id:
            print(f"MLflow (`make ui`): {address(uri(), experiment_id)}", flush=True)
        self.run_id = run.info.run_id
        run = Run(client, run)
        run.log(tags=self._tags)  # before the status: nobody must take the run for dead
        if existing:  # an experiment that is run again may have another name
            client.update_run(self.run_id, "RUNNING", self._name)
            if "dvc_exp_name" in run.tags.keys() - self._tags.keys():
                client.delete_tag(self.run_id, "dvc_exp_name")
        return run
