"""MLflow: one run per trained model, found again by the md5 of its generator.

DVC keeps the record; MLflow is a view of it. Nothing of MLflow's enters a DVC output.
"""

import json
import logging
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock

from ganpkg.errors import UserError
from ganpkg.storage import md5

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
# A server that is not there is reported within seconds instead of minutes.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")

FLUSH_SECONDS = 2.0
GENERATOR = Path("models/generator.keras")


def root() -> Path:
    """The main repository's root, also from DVC's temporary and queued runs."""
    return Path(os.environ.get("DVC_ROOT", ".")).resolve()


def local_uri() -> str:
    return f"sqlite:///{root() / 'mlflow.db'}"


def uri() -> str:
    return os.environ.get("MLFLOW_TRACKING_URI") or local_uri()


@contextmanager
def told(*others: type[Exception]):
    """Turns the tracking store's exceptions (and others named) into an error for people.

    A context manager, and a decorator.
    """
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (MlflowException, SQLAlchemyError, *others) as error:
        reason = " ".join(str(error).split())[:160]
        raise UserError(f"the tracking store {uri()} cannot be used: {reason}") from None


@told(OSError)
def connect():
    """A client of the tracking store and the id of the experiment.

    The store is MLFLOW_TRACKING_URI, or `mlflow.db` at the repository's root, which is
    where `mlflow ui` looks.
    """
    import mlflow

    name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or "gan"
    logging.getLogger("mlflow").setLevel(logging.CRITICAL)  # errors come as exceptions
    mlflow.set_tracking_uri(uri())
    artifacts = (root() / "mlartifacts").as_uri() if uri() == local_uri() else None
    # Several processes that create one sqlite store at once would break each other.
    with FileLock(root() / ".mlflow.lock"):
        client = mlflow.MlflowClient()
        experiment = client.get_experiment_by_name(name)
        if experiment is None:
            return client, client.create_experiment(name, artifact_location=artifacts)
    return client, experiment.experiment_id


class Run:
    """An MLflow run that metrics and pictures are written to.

    While training goes on, a store that fails for a while costs no training: metrics wait
    until it answers again, and only the end of the run insists.
    """

    def __init__(self, client, run_id: str):
        self.client = client
        self.run_id = run_id
        self._waiting: list = []
        self._flushed = time.monotonic()
        self._warned = False

    def log_metrics(self, metrics: dict[str, float], step: int) -> None:
        """Buffers metrics; what waits is written every few seconds, in one go."""
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        self._waiting += [Metric(key, value, now, step) for key, value in metrics.items()]
        if time.monotonic() - self._flushed > FLUSH_SECONDS:
            self.attempt(self.flush)

    @told()
    def flush(self) -> None:
        self._flushed = time.monotonic()
        while self._waiting:
            self.client.log_batch(self.run_id, metrics=self._waiting[:1000])  # MLflow's limit
            del self._waiting[:1000]

    @told()
    def set_tags(self, tags: dict[str, str]) -> None:
        for key, value in tags.items():
            self.client.set_tag(self.run_id, key, value)

    def log_picture(self, picture, key: str, step: int = 0) -> None:
        """Adds to the UI's image grid: `picture` is (height, width, channels) uint8."""

        @told()
        def log():
            self.client.log_image(self.run_id, picture, key=key, step=step)

        self.attempt(log)

    def log_file(self, path: str) -> None:
        self.attempt(told()(lambda: self.client.log_artifact(self.run_id, path)))

    def attempt(self, action) -> None:
        """Calls `action`; if the store fails, says so once and goes on."""
        try:
            action()
        except UserError as error:
            if not self._warned:
                print(f"going on, although {error}", file=sys.stderr)
            self._warned = True


@contextmanager
def training_run(params: dict, data: Path):
    """The run of a training. It ends FINISHED, FAILED, or KILLED by a signal.

    Args:
        params: every parameter, logged as given.
        data: the file of the training samples.
    """
    client, experiment_id = connect()
    import mlflow
    from mlflow.entities import Dataset, DatasetInput, InputTag

    data_md5 = md5(data)
    name = os.environ.get("DVC_EXP_NAME")
    tags = {
        "git_commit": os.environ.get("DVC_EXP_BASELINE_REV") or _git_commit(),
        "data_md5": data_md5,
        **({"dvc_exp_name": name} if name else {}),
    }
    run_options = {"experiment_id": experiment_id, "run_name": name, "tags": tags}
    with told(), mlflow.start_run(**run_options) as active:
        run = Run(client, active.info.run_id)
        mlflow.log_params(params)
        source = {"source_type": "local", "source": json.dumps({"uri": str(data)})}
        dataset = Dataset(name=params["dataset"], digest=data_md5, **source)
        context = InputTag("mlflow.data.context", "training")
        client.log_inputs(run.run_id, datasets=[DatasetInput(dataset, [context])])
        try:
            yield run
        except BaseException as error:
            run.attempt(run.flush)
            if isinstance(error, (KeyboardInterrupt, SystemExit)):
                run.attempt(told()(lambda: mlflow.end_run("KILLED")))
            raise
        run.flush()


@told()
def run_of_model(generator: Path = GENERATOR) -> Run | None:
    """The newest run that made this generator, if this store knows one.

    Different experiments may make the same generator; this one's own run comes first.
    """
    client, experiment_id = connect()
    made_it = f"tags.generator_md5 = '{md5(generator)}'"
    name = os.environ.get("DVC_EXP_NAME")
    for condition in ([f"{made_it} AND tags.dvc_exp_name = '{name}'"] if name else []) + [made_it]:
        found = client.search_runs(
            [experiment_id], condition, order_by=["attributes.start_time DESC"], max_results=1
        )
        if found:
            return Run(client, found[0].info.run_id)
    print("no MLflow run of this model in the tracking store: it came from DVC's cache")
    return None


def log_generator(run: Run, generator, generator_file: Path = GENERATOR) -> None:
    """Logs the generator to the run in progress, with the md5 by which later stages find it."""
    import mlflow
    import numpy as np
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    def spec(shape):
        return Schema([TensorSpec(np.dtype("float32"), (-1, *shape[1:]))])

    mlflow.keras.log_model(
        generator,
        name="generator",
        signature=ModelSignature(spec(generator.input_shape), spec(generator.output_shape)),
        pip_requirements=[f"{name}=={version(name)}" for name in ("keras", "tensorflow")],
    )
    run.set_tags({"generator_md5": md5(generator_file)})


def _git_commit() -> str:
    found = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True)
    return found.stdout.strip()
