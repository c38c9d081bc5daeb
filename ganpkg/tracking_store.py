"""MLflow's tracking store: its address, its experiment, and a run in it."""

import logging
import os
import sqlite3
import time
from collections.abc import Iterable, Mapping
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path

from filelock import FileLock

from ganpkg import comparison, process
from ganpkg.errors import UserError, reason
from ganpkg.storage import atomic, root

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
# A missing server is reported within seconds instead of minutes.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")

SQLITE = "sqlite:///"
ARTIFACTS = "/mlartifacts"  # the folder of artifacts at the root, if the store is a file
PROCESS = "process"  # the tag that names the process that writes a run


def uri() -> str:
    """The store's address: MLFLOW_TRACKING_URI, or `mlflow.db`.

    A file's path is relative to the main repository's root, where `mlflow ui` looks, also in a
    temporary run.
    """
    address = os.environ.get("MLFLOW_TRACKING_URI") or f"{SQLITE}mlflow.db"
    if address.startswith(SQLITE):
        return SQLITE + os.path.join(_quote(root()), address.removeprefix(SQLITE))
    return address


def _quote(path: Path) -> str:
    """Escapes a path for an address, in which % and ? have a meaning."""
    return str(path).replace("%", "%25").replace("?", "%3F")


@contextmanager
def store_errors(*others: type[Exception]):
    """Turns the store's exceptions, and `others`, into a UserError. Also works as a decorator."""
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except UserError:
        raise
    except (MlflowException, SQLAlchemyError, *others) as error:
        message = reason(error, max_length=160)
        raise UserError(f"the tracking store {uri()} cannot be used: {message}") from None


@store_errors(OSError, sqlite3.Error)
def connect():
    """Opens the store: returns MLflow's client and the experiment's id.

    It creates what is missing, and ends the runs whose process was killed.
    """
    import mlflow

    name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or "gan"
    here, file, address = f"{SQLITE}{_quote(root())}/", root() / "mlflow.db", uri()
    logging.getLogger("mlflow").setLevel(logging.CRITICAL)  # errors come as exceptions
    mlflow.set_tracking_uri(address)
    artifacts = root().as_uri() + ARTIFACTS if address.startswith(SQLITE) else None
    # Processes that create one SQLite store at the same time would break it, and a process that
    # is killed, or finds the disk full, would leave an unusable store.
    with FileLock(root() / ".mlflow.lock"):
        if address == f"{here}mlflow.db" and not file.exists():
            with atomic(file) as new:
                mlflow.MlflowClient(SQLITE + _quote(new)).search_experiments()
        client = mlflow.MlflowClient()
        experiment = client.get_experiment_by_name(name)
        if experiment is None:
            number = client.create_experiment(name, artifact_location=artifacts)
            experiment = client.get_experiment(number)
        if address.startswith(here):
            _move_artifacts(address.removeprefix(SQLITE), artifacts)
    number = experiment.experiment_id
    if experiment.lifecycle_stage == "deleted":
        raise UserError(
            f"MLflow's experiment {name!r} was deleted: `mlflow experiments restore -x {number}` "
            f"brings it back,\n`mlflow gc --tracking-uri {address} --experiment-ids {number}` "
            "removes it for good"
        )
    if experiment.tags.get(comparison.TAG) != comparison.view():
        client.set_experiment_tag(number, comparison.TAG, comparison.view())
    for run in client.search_runs([number], "attributes.status = 'RUNNING'"):
        if process.is_dead(run.data.tags.get(PROCESS, "")):
            client.set_terminated(run.info.run_id, "KILLED")
    return client, number


def _move_artifacts(store: str, place: str) -> None:
    """Makes all artifacts of a store lie at `place`, after the repository was moved or copied."""
    columns = dict.fromkeys(("experiments", "logged_models"), "artifact_location")
    columns["runs"] = "artifact_uri"
    file = store.replace("%3F", "?").replace("%25", "%")
    with closing(sqlite3.connect(file, timeout=20)) as database, database:
        for table, column in columns.items():
            database.execute(
                f"UPDATE {table} SET {column} = "
                f":place || substr({column}, instr({column}, :name) + length(:name)) WHERE "
                f"{column} || '/' LIKE 'file:%' || :name || '/%' AND instr({column}, :place) != 1",
                {"place": place, "name": ARTIFACTS},
            )


def points(values: Mapping[str, float], step: int) -> list:
    """The values as MLflow's `Metric`s of a step, with the present time."""
    from mlflow.entities import Metric

    now = int(time.time() * 1000)
    return [Metric(name, value, now, step) for name, value in values.items()]


class Run:
    """A run in the store, to which only what it lacks is written.

    Args:
        client: MLflow's client.
        run: the run, as the client returns it.
    """

    def __init__(self, client, run):
        self.client, self.id, self.status = client, run.info.run_id, run.info.status
        self.metrics, self.params, self.tags = run.data.metrics, run.data.params, run.data.tags
        self.has_model = bool(run.outputs and run.outputs.model_outputs)
        self.changed = False
        """Whether anything was written."""
        self._steps: dict[str, set[int]] = {}

    def log(self, metrics: Iterable = (), tags: Mapping = {}, params: Mapping = {}) -> None:
        """Writes tags, parameters, and metrics (see `points`) at steps that the run lacks."""
        from mlflow.entities import Param, RunTag

        tags = {key: text for key, text in tags.items() if self.tags.get(key) != text}
        params = {key: text for key, text in params.items() if key not in self.params}
        if tags or params:
            self.client.log_batch(
                self.id,
                tags=[RunTag(*tag) for tag in tags.items()],
                params=[Param(*param) for param in params.items()],
            )
            self.tags |= tags
            self.params |= params
            self.changed = True
        self.log_again([m for m in metrics if m.step not in self._old_steps(m.key)])

    def log_again(self, metrics: list) -> None:
        """Writes metrics whether or not the run has them, in batches as large as MLflow allows."""
        for start in range(0, len(metrics), 1000):
            self.client.log_batch(self.id, metrics=metrics[start : start + 1000])
            self.changed = True

    def log_picture(self, picture, key: str, step: int = 0, again: bool = False) -> None:
        """Adds to the UI's image grid.

        Args:
            picture: (height, width, channels) uint8, or a PIL image.
            again: writes it even if the run has one of this key and step.
        """
        if again or (key, step) not in self._pictures:
            self.client.log_image(self.id, picture, key=key, step=step)
            self.changed = True

    def end(self, status: str) -> None:
        self.client.set_terminated(self.id, status)
        self.status, self.changed = status, True

    def _old_steps(self, key: str) -> set[int]:
        """The steps at which the run had a metric when it was opened."""
        if key not in self._steps:
            history = self.client.get_metric_history(self.id, key) if key in self.metrics else []
            self._steps[key] = {point.step for point in history}
        return self._steps[key]

    @cached_property
    def _pictures(self) -> set[tuple[str, int]]:
        """Key and step of the pictures that the run had when the first one was logged."""
        names = [Path(file.path).name for file in self.client.list_artifacts(self.id, "images")]
        # MLflow writes a picture, then a small one: progress+step+3+timestamp+...+compressed.webp
        complete = [name.split("+") for name in names if name.endswith("+compressed.webp")]
        return {(key, int(step)) for key, _, step, *_ in complete}
