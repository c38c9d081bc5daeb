"""MLflow: the run of a training, as far as a store answers; a view of DVC's record.

What the store does not take, `sync.py` brings later. Nothing of MLflow's enters a DVC output.
"""

import os
import sys
import time
from collections.abc import Callable

from ganpkg import git, process, record
from ganpkg.comparison import address
from ganpkg.errors import UserError
from ganpkg.params import Params
from ganpkg.tracking_store import Run, connect, store_errors, uri

PROCESS = "process"  # the tag of who writes a run
FLUSH_SECONDS = 2.0
PAUSE = 20  # after a failure, in times that it took: a store that is gone must not cost more


class TrainingRun:
    """The run of a training, written as it goes on. A store that fails costs no training.

    A context manager: the run ends FINISHED, FAILED, or KILLED by a signal. Numbers and tags wait
    for a store that is gone for a while; pictures do not. Of the processes of a training on many
    hosts, process 0 alone writes.

    Args:
        params: those that count for the training are logged.
        data_md5: of the file of the training samples.
        run_id: the run that a training taken up again had; if the store knows it, it goes on.
    """

    def __init__(self, params: Params, data_md5: str, run_id: str | None = None):
        from ganpkg import backend

        experiment = os.environ.get("DVC_EXP_NAME")
        self.run_id, self._run, self._writes = run_id, None, backend.process() == 0
        commit = os.environ.get("DVC_EXP_BASELINE_REV") or git.head()
        self._name = record.run_name(experiment, params, commit)
        self._params = record.texts(params, left_out=record.EVALUATION)
        self._tags = {
            "git_commit": commit,
            "data_md5": data_md5,
            "backend": backend.NAME,
            PROCESS: process.this(),
            **({"dvc_exp_name": experiment} if experiment else {}),
        }
        self._metrics: list = []
        self._flushed, self._pause_until, self._warned = 0.0, 0.0, False

    def __enter__(self) -> "TrainingRun":
        self.flush()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_) -> None:
        by_signal = kind and issubclass(kind, KeyboardInterrupt | SystemExit)
        status = "KILLED" if by_signal else "FAILED" if kind else "FINISHED"
        self._pause_until = 0.0
        self._try(lambda run: (self._write(run), run.end(status)))

    def log_metrics(self, metrics: dict[str, float], step: int) -> None:
        """What waits is written every few seconds, in one go."""
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        self._metrics += [Metric(key, value, now, step) for key, value in metrics.items()]
        if time.monotonic() > self._flushed + FLUSH_SECONDS:
            self.flush()

    def set_tags(self, tags: dict[str, str]) -> None:
        self._tags |= tags
        self.flush()

    def log_picture(self, picture, key: str, step: int = 0) -> None:
        """Adds to the UI's image grid: `picture` is (height, width, channels) uint8."""
        self._try(lambda run: run.log_picture(picture, key, step))

    def flush(self) -> None:
        """Writes all that waits."""
        self._flushed = time.monotonic()
        self._try(self._write)

    def _write(self, run: Run) -> None:
        run.log(self._metrics, self._tags, self._params)
        self._metrics = []

    def _try(self, action: Callable[[Run], object]) -> None:
        """Does it, unless the store failed a moment ago; says once that it fails."""
        start = time.monotonic()
        if not self._writes or start < self._pause_until:
            return
        try:
            with store_errors(Exception):
                self._run = self._run or self._open()
                action(self._run)
        except UserError as error:
            self._run = None  # what of the action was done is read from the store
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
        end_dead_runs(client, experiment_id)
        found = client.search_runs([experiment_id], f"attributes.run_id = '{self.run_id}'")
        run = found[0] if found else client.create_run(experiment_id, run_name=self._name)
        if run.info.run_id != self.run_id:
            print(f"MLflow (`make ui`): {address(uri(), experiment_id)}", flush=True)
        self.run_id = run.info.run_id
        # The tags first: nobody must take it for dead.
        run = Run(client, run)
        run.log(tags=self._tags)
        if found:  # an experiment that is run again may have another name
            client.update_run(self.run_id, "RUNNING", self._name)
            if "dvc_exp_name" in run.tags.keys() - self._tags.keys():
                client.delete_tag(self.run_id, "dvc_exp_name")
        return run


def end_dead_runs(client, experiment_id: str) -> None:
    """Ends runs whose process was killed, and could not say so."""
    for run in client.search_runs([experiment_id], "attributes.status = 'RUNNING'"):
        if process.is_dead(run.data.tags.get(PROCESS, "")):
            client.set_terminated(run.info.run_id, "KILLED")
