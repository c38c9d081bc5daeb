"""MLflow's tracking store: where it is, and a run in it."""

import logging
import os
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path

from filelock import FileLock

from ganpkg import comparison
from ganpkg.errors import UserError, reason
from ganpkg.storage import atomic, root

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
# A server that is not there is reported within seconds instead of minutes.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")

SQLITE = "sqlite:///"
FOLDER = "/mlartifacts"  # of a store that is a file


def _quoted(path: Path) -> str:
    """A path as part of an address, in which % and ? mean something."""
    return str(path).replace("%", "%25").replace("?", "%3F")


def uri() -> str:
    """The store's address. A file's is relative to the main repository, not to a temporary run."""
    given = os.environ.get("MLFLOW_TRACKING_URI") or f"{SQLITE}mlflow.db"
    if given.startswith(SQLITE):
        return SQLITE + os.path.join(_quoted(root()), given.removeprefix(SQLITE))
    return given


@contextmanager
def store_errors(*others: type[Exception]):
    """Turns the tracking store's exceptions (and others named) into an error for people.

    A context manager, and a decorator.
    """
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except UserError:
        raise
    except (MlflowException, SQLAlchemyError, *others) as error:
        raise UserError(
            f"the tracking store {uri()} cannot be used: {reason(error, most=160)}"
        ) from None


@store_errors(OSError, sqlite3.Error)
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
    artifacts = root().as_uri() + FOLDER if uri().startswith(SQLITE) else None
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
        for table, column in columns.items():
            database.execute(
                f"UPDATE {table} SET {column} = ? || substr({column}, instr({column}, ?) + ?) "
                f"WHERE {column} || '/' LIKE 'file:%' || ? || '/%' AND instr({column}, ?) != 1",
                (place, FOLDER, len(FOLDER), FOLDER, place),
            )


class Run:
    """A run in the store. What it has is not written again; `changed` says if anything was.

    Args:
        client: MLflow's.
        run: as that client gives it.
    """

    def __init__(self, client, run):
        self.client, self.id, self.status = client, run.info.run_id, run.info.status
        self.metrics, self.params, self.tags = run.data.metrics, run.data.params, run.data.tags
        self.has_model = bool(run.outputs and run.outputs.model_outputs)
        self.changed = False
        self._steps: dict[str, set[int]] = {}

    def log(self, metrics: Iterable = (), tags: Mapping = {}, params: Mapping = {}) -> None:
        """Writes tags, parameters, and metrics (MLflow's `Metric`) at steps that lack them."""
        from mlflow.entities import Param, RunTag

        tags = {key: text for key, text in tags.items() if self.tags.get(key) != text}
        params = {key: text for key, text in params.items() if key not in self.params}
        metrics = [metric for metric in metrics if metric.step not in self._steps_of(metric.key)]
        if tags or params:
            self.client.log_batch(
                self.id,
                tags=[RunTag(*tag) for tag in tags.items()],
                params=[Param(*param) for param in params.items()],
            )
        self.tags |= tags
        self.params |= params
        self.log_again(metrics)
        for metric in metrics:
            self._steps[metric.key].add(metric.step)
        self.changed |= bool(tags or params)

    def log_again(self, metrics: list) -> None:
        """Writes metrics whatever the run has, as many at once as MLflow takes."""
        for start in range(0, len(metrics), 1000):
            self.client.log_batch(self.id, metrics=metrics[start : start + 1000])
        self.changed |= bool(metrics)

    def log_picture(self, picture, key: str, step: int = 0, again: bool = False) -> None:
        """Adds to the UI's image grid: `picture` is (height, width, channels) uint8."""
        if again or (key, step) not in self._pictures:
            self.client.log_image(self.id, picture, key=key, step=step)
            self._pictures.add((key, step))
            self.changed = True

    def end(self, status: str) -> None:
        self.client.set_terminated(self.id, status)
        self.status, self.changed = status, True

    def _steps_of(self, metric: str) -> set[int]:
        if metric not in self._steps:
            known = metric in self.metrics
            history = self.client.get_metric_history(self.id, metric) if known else []
            self._steps[metric] = {point.step for point in history}
        return self._steps[metric]

    @cached_property
    def _pictures(self) -> set[tuple[str, int]]:
        """Key and step of every picture."""
        names = [Path(file.path).name for file in self.client.list_artifacts(self.id, "images")]
        # MLflow writes a picture, then a small one: progress+step+3+timestamp+...+compressed.webp
        whole = [name.split("+") for name in names if name.endswith("+compressed.webp")]
        return {(key, int(step)) for key, _, step, *_ in whole}
