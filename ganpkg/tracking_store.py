"""MLflow's tracking store: where it is, a run to write to, and patience with both."""

import logging
import os
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock

from ganpkg import comparison
from ganpkg.errors import UserError, reason
from ganpkg.storage import atomic, root

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
# A server that is not there is reported within seconds instead of minutes.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")

FLUSH_SECONDS = 2.0
PATIENCE_SECONDS = 30.0  # with a store that does not answer at the end
PAUSE = 20  # after an attempt that failed, in times it took
# What the store will answer again: a run, for one, was deleted.
REFUSALS = "INVALID_PARAMETER_VALUE", "INVALID_STATE", "RESOURCE_DOES_NOT_EXIST"
SQLITE = "sqlite:///"


def _quoted(path: Path) -> str:
    """A path as part of an address, in which % and ? mean something."""
    return str(path).replace("%", "%25").replace("?", "%3F")


def uri() -> str:
    """The store's address. A file's is relative to the main repository, not to a temporary run."""
    given = os.environ.get("MLFLOW_TRACKING_URI") or f"{SQLITE}mlflow.db"
    if given.startswith(SQLITE):
        return SQLITE + os.path.join(_quoted(root()), given.removeprefix(SQLITE))
    return given


class Unanswered(UserError):
    """The store does not answer, which may pass."""


def _failures() -> tuple[type[Exception], ...]:
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    return MlflowException, SQLAlchemyError


@contextmanager
def told(*others: type[Exception]):
    """Turns the tracking store's exceptions (and others named) into an error for people.

    A context manager, and a decorator.
    """
    try:
        yield
    except UserError:
        raise
    except (*_failures(), *others) as error:
        passes = getattr(error, "error_code", None) not in REFUSALS
        raise (Unanswered if passes else UserError)(
            f"the tracking store {uri()} cannot be used: {reason(error, most=160)}"
        ) from None


@told(OSError, sqlite3.Error)
def connect():
    """A client of the tracking store and the id of the experiment.

    The store is MLFLOW_TRACKING_URI, or `mlflow.db` at the repository's root, which is
    where `mlflow ui` looks.
    """
    import mlflow

    name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or "gan"
    here, file = f"{SQLITE}{_quoted(root())}/", root() / "mlflow.db"
    logging.getLogger("mlflow").setLevel(logging.CRITICAL)  # errors come as exceptions
    mlflow.set_tracking_uri(uri())
    artifacts = (root() / "mlartifacts").as_uri() if uri().startswith(SQLITE) else None
    # Several processes that create one sqlite store at once would break each other, and one that
    # is killed, or finds no room, would leave a store that cannot be used.
    with FileLock(root() / ".mlflow.lock"):
        if uri() == f"{here}mlflow.db" and not file.exists():
            with atomic(file) as new:
                mlflow.MlflowClient(SQLITE + _quoted(new)).search_experiments()
        if uri().startswith(here):
            _move_artifacts(uri().removeprefix(SQLITE), artifacts)
        client = mlflow.MlflowClient()
        experiment = client.get_experiment_by_name(name)
        if experiment is None:
            number = client.create_experiment(name, artifact_location=artifacts)
            experiment = client.get_experiment(number)
    if experiment.lifecycle_stage == "deleted":
        number = experiment.experiment_id
        raise UserError(
            f"MLflow's experiment {name!r} was deleted: `mlflow experiments restore -x {number}` "
            f"brings it back,\n`mlflow gc --tracking-uri {uri()} --experiment-ids {number}` "
            "removes it for good"
        )
    if experiment.tags.get(comparison.TAG) != comparison.view():
        client.set_experiment_tag(experiment.experiment_id, comparison.TAG, comparison.view())
    return client, experiment.experiment_id


def _move_artifacts(store: str, place: str) -> None:
    """Makes all artifacts of a store lie at `place`, after the repository was moved or copied."""
    columns = {"experiments": "artifact_location", "runs": "artifact_uri"}
    columns["logged_models"] = "artifact_location"
    file = store.replace("%3F", "?").replace("%25", "%")
    with closing(sqlite3.connect(file, timeout=20)) as database, database:
        if not database.execute("PRAGMA table_info(experiments)").fetchall():
            return  # MLflow has yet to make its tables
        old = database.execute(
            "SELECT DISTINCT artifact_location FROM experiments WHERE artifact_location LIKE "
            "'%/mlartifacts' AND artifact_location != ?", [place],
        ).fetchall()  # fmt: skip
        for table, column in columns.items():
            for (before,) in old:
                database.execute(
                    f"UPDATE {table} SET {column} = ? || substr({column}, ?) "
                    f"WHERE substr({column} || '/', 1, ?) = ? || '/'",
                    (place, len(before) + 1, len(before) + 1, before),
                )


class Run:
    """A run that metrics, tags and pictures are written to, in order, when the store answers.

    Args:
        begin: connects to the store, and returns a client, the id of the run, and whether a process
            that is gone has written to it; what is there is then not written again. Called when
            there is something to write, until it succeeds.
    """

    def __init__(self, begin: Callable[[], tuple[Any, str, bool]]):
        self._begin, self.client, self.run_id = begin, None, None
        self._steps: dict[str, int] = {}
        self._pictures: set[tuple[str, int]] = set()
        self._metrics: list = []
        self._actions: list[Callable[[], None]] = []
        self._flushed, self._pause_until = time.monotonic(), 0.0
        self._warned = self._lacking = self._hopeless = False

    def log_metrics(self, metrics: dict[str, float], step: int = 0) -> None:
        """What waits is written every few seconds, in one go."""
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        self._metrics += [Metric(key, value, now, step) for key, value in metrics.items()]
        if time.monotonic() > max(self._flushed + FLUSH_SECONDS, self._pause_until):
            self._attempt()

    def set_tags(self, tags: dict[str, str]) -> None:
        for key, text in tags.items():
            self.do(lambda key=key, text=text: self.client.set_tag(self.run_id, key, text))

    def log_picture(self, picture, key: str, step: int = 0) -> None:
        """Adds to the UI's image grid: `picture` is (height, width, channels) uint8."""

        def log():
            if (key, step) not in self._pictures:
                self.client.log_image(self.run_id, picture, key=key, step=step)

        self.do(log)

    def do(self, action: Callable[[], None]) -> None:
        """Calls `action` when the store answers."""
        self._actions.append(action)
        if time.monotonic() > self._pause_until:
            self._attempt()

    @told(OSError)
    def flush(self) -> None:
        """Writes all that waits."""
        self._flushed = time.monotonic()
        if self.client is None:
            client, self.run_id, goes_on = self._begin()
            if goes_on:
                self._steps = steps_of(client, self.run_id)
                self._actions.insert(0, self._look_for_pictures)
            self.client = client
        new = [point for point in self._metrics if point.step > self._steps.get(point.key, -1)]
        log_points(self.client, self.run_id, new)
        self._metrics = []
        while self._actions:
            try:
                self._actions[0]()
            except (*_failures(), OSError):
                raise
            except Exception as error:  # where files lie in a cloud, a package or a key is missing
                if not self._lacking:
                    print(f"MLflow's run will lack something: {reason(error)}", file=sys.stderr)
                self._lacking = True
            del self._actions[0]

    def finish(self, status: str) -> None:
        """Writes all that waits and how the run ended, tries for a while, and says if in vain."""
        self._actions.append(lambda: self.client.set_terminated(self.run_id, status))
        patience = PATIENCE_SECONDS if status == "FINISHED" else 0.0
        deadline = time.monotonic() + patience
        while not self._attempt():
            if self._hopeless or time.monotonic() > deadline:
                print(
                    f"the tracking store lacks {len(self._metrics)} numbers and "
                    f"{len(self._actions)} entries more; DVC has them all, and "
                    "`python -m ganpkg.sync` will bring the store up to date",
                    file=sys.stderr,
                )
                return
            time.sleep(1)

    def _look_for_pictures(self) -> None:
        self._pictures = pictures_of(self.client, self.run_id)

    def _attempt(self) -> bool:
        """Flushes; if the store fails, says so once, and leaves it alone for a while.

        To find that out may take half a minute, which must not be most of the training's time.
        """
        start = time.monotonic()
        try:
            self.flush()
            return True
        except UserError as error:
            self._hopeless = not isinstance(error, Unanswered)
            if not self._warned:
                print(f"going on, although {self._why(error)}", file=sys.stderr)
            self._warned = True
            end = time.monotonic()
            self._pause_until = end + PAUSE * (end - start)
            return False

    def _why(self, error: UserError) -> UserError:
        """Where a run was deleted with its experiment, that is the reason."""
        try:
            if self._hopeless:
                connect()
        except UserError as reason:
            return reason
        return error


class NoRun:
    """What the other processes of a training on many hosts have: process 0 keeps the record."""

    run_id = None

    def __getattr__(self, name: str):
        return lambda *_, **__: None


def log_points(client, run_id: str, points: list) -> None:
    """Logs metrics, as many at once as MLflow takes."""
    for start in range(0, len(points), 1000):
        client.log_batch(run_id, metrics=points[start : start + 1000])


def steps_of(client, run_id: str) -> dict[str, int]:
    """The last step of every metric."""
    return {
        key: max(point.step for point in client.get_metric_history(run_id, key))
        for key in client.get_run(run_id).data.metrics
    }


def pictures_of(client, run_id: str) -> set[tuple[str, int]]:
    """Key and step of every picture."""
    names = [Path(file.path).name for file in client.list_artifacts(run_id, "images")]
    # MLflow writes a picture, then a small one: progress+step+3+timestamp+...+compressed.webp
    whole = [name.split("+") for name in names if name.endswith("+compressed.webp")]
    return {(key, int(step)) for key, _, step, *_ in whole}
