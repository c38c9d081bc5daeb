"""MLflow's tracking store: its address, its experiment, and a run in it."""

import logging
import os
import time
from contextlib import contextmanager
from urllib.parse import quote

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
NO_METRICS = "step", "epoch", "chosen"  # columns of history.csv
PROCESS = "process"  # the tag that names the process that writes a run
REMEDY = "`python -m ganpkg.sync` will bring it up to date"


def uri() -> str:
    """The store's address: MLFLOW_TRACKING_URI, or `mlflow.db`.

    A relative path starts at the main repository's root, also in a temporary run.
    """
    address = os.environ.get("MLFLOW_TRACKING_URI") or f"{SQLITE}mlflow.db"
    if address.startswith(SQLITE):
        return SQLITE + os.path.join(quote(str(root())), address.removeprefix(SQLITE))
    return address


@contextmanager
def store_errors(*others: type[Exception]):
    """Turns the store's exceptions, and `others`, into a UserError. Also works as a decorator."""
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except UserError:
        raise
    except (MlflowException, SQLAlchemyError, OSError, *others) as error:
        message = reason(error, max_length=160)
        raise UserError(f"the tracking store {uri()} cannot be used: {message}") from None


@store_errors()
def connect():
    """Opens the store: returns MLflow's client and the experiment's id.

    It creates what is missing, and ends the runs whose process was killed.
    """
    import mlflow

    name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or "gan"
    address, local, file = uri(), f"{SQLITE}{quote(str(root()))}/", root() / "mlflow.db"
    artifacts = root().as_uri() + "/mlartifacts" if address.startswith(SQLITE) else None
    logging.getLogger("mlflow").setLevel(logging.CRITICAL)  # errors come as exceptions
    mlflow.set_tracking_uri(address)
    # Processes that create one SQLite store at the same time would break it, and a process that
    # is killed, or finds the disk full, would leave an unusable store.
    with FileLock(root() / ".mlflow.lock"):
        if address == f"{local}mlflow.db" and not file.exists():
            with atomic(file) as new:
                mlflow.MlflowClient(SQLITE + quote(str(new))).search_experiments()
        client = mlflow.MlflowClient()
        if not client.get_experiment_by_name(name):
            client.create_experiment(name, artifact_location=artifacts)
        experiment = client.get_experiment_by_name(name)
        experiment_id, old = experiment.experiment_id, experiment.artifact_location
        if address.startswith(local) and old.endswith("/mlartifacts") and old != artifacts:
            _move_artifacts(address, old, artifacts)
    if experiment.lifecycle_stage == "deleted":
        raise UserError(
            f"MLflow's experiment {name!r} was deleted: "
            f"`mlflow experiments restore -x {experiment_id}` brings it back,\n"
            f"`mlflow gc --tracking-uri {address} --experiment-ids {experiment_id}` "
            "removes it for good"
        )
    client.set_experiment_tag(experiment_id, comparison.TAG, comparison.view())
    for run in client.search_runs([experiment_id], "attributes.status = 'RUNNING'"):
        if process.is_dead(run.data.tags.get(PROCESS, "")):
            client.set_terminated(run.info.run_id, "KILLED")
    return client, experiment_id


def _move_artifacts(address: str, old: str, new: str) -> None:
    """Corrects where a store's artifacts lie, after the repository was moved or copied."""
    from sqlalchemy import create_engine, text

    columns = {"experiments": "artifact_location", "runs": "artifact_uri"}
    columns["logged_models"] = "artifact_location"
    with create_engine(address).begin() as store:
        for table, column in columns.items():
            change = text(f"UPDATE {table} SET {column} = replace({column}, :old, :new)")
            store.execute(change, {"old": old, "new": new})


class Run:
    """A run, as MLflow's client returns it, to which only what it lacks is written."""

    def __init__(self, client, run):
        self.client, self.id, self.status = client, run.info.run_id, run.info.status
        self.params, self.tags = run.data.params, run.data.tags
        self.has_model = bool(run.outputs and run.outputs.model_outputs)
        self._steps = {
            key: {point.step for point in client.get_metric_history(self.id, key)}
            for key in run.data.metrics
        }

    def log(self, metrics: list[tuple[int, dict]], tags: dict, params: dict) -> None:
        """Writes tags, parameters, and metrics: pairs of a step and values by name.

        The values may be a row of history.csv. Old tags are replaced, but old parameters and
        metrics stay. Metrics at step 0, the results, are added again: MLflow shows the newest.
        """
        from mlflow.entities import Metric, Param, RunTag

        now = int(time.time() * 1000)
        metrics = [
            Metric(key, value, now, step)
            for step, values in metrics
            for key, value in values.items()
            if key not in NO_METRICS and (step == 0 or step not in self._steps.get(key, ()))
        ]
        params = [Param(key, params[key]) for key in params if key not in self.params]
        self.client.log_batch(self.id, metrics, params, [RunTag(*tag) for tag in tags.items()])

    def log_picture(self, picture, key: str, step: int) -> None:
        """Adds a picture (PIL, or (height, width, channels) uint8), unless its step has one."""
        # MLflow writes a picture, then a small one: progress+step+3+timestamp+...+compressed.webp
        files = [file.path for file in self.client.list_artifacts(self.id, "images")]
        start = f"images/{key}+step+{step}+"
        if not any(file.startswith(start) and file.endswith("+compressed.webp") for file in files):
            self.client.log_image(self.id, picture, key=key, step=step)
