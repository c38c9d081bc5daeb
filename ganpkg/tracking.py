"""MLflow: one run per trained model, found again by the md5 of its generator.

DVC keeps the record; MLflow is a view of it. Nothing of MLflow's enters a DVC output.
"""

import json
import logging
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import psutil
from filelock import FileLock

from ganpkg.errors import UserError
from ganpkg.storage import md5, root

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
# A server that is not there is reported within seconds instead of minutes.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")

FLUSH_SECONDS = 2.0
PATIENCE_SECONDS = 30.0  # with a store that does not answer at the end
PAUSE = 20  # after an attempt that failed, in times it took
PROCESS = "process"  # the tag of who writes a run
GENERATOR = Path("models/generator.keras")


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
    """An MLflow run that metrics, tags, pictures and files are written to.

    A store that fails costs nothing but patience: what is to be written waits until it answers
    again, and is written in order.

    Args:
        goes_on: whether the run has been written to before, by a process that is gone; what is
            there already is then not written again.
    """

    def __init__(self, client, run_id: str, goes_on: bool = False):
        self.client = client
        self.run_id = run_id
        self._metrics: list = []
        self._tags: dict[str, str] = {}
        self._actions: list[Callable[[], None]] = []
        self._flushed = time.monotonic()
        self._pause_until = 0.0
        self._warned = False
        self.written = 0
        """Points and pictures, those that wait among them."""
        self._steps, self._pictures = self._there() if goes_on else ({}, set())

    @told()
    def _there(self) -> tuple[dict[str, int], set[tuple[str, int]]]:
        """The last step of every metric, and key and step of every picture."""
        steps = {
            key: max(point.step for point in self.client.get_metric_history(self.run_id, key))
            for key in self.client.get_run(self.run_id).data.metrics
        }
        names = [Path(file.path).name for file in self.client.list_artifacts(self.run_id, "images")]
        # MLflow writes a picture, then a small one: progress+step+3+timestamp+...+compressed.webp
        whole = [name.split("+") for name in names if name.endswith("+compressed.webp")]
        return steps, {(key, int(step)) for key, _, step, *_ in whole}

    def log_metrics(self, metrics: dict[str, float], step: int = 0) -> None:
        """What waits is written every few seconds, in one go."""
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        new = [
            Metric(key, value, now, step)
            for key, value in metrics.items()
            if step > self._steps.get(key, -1)
        ]
        self.written += len(new)
        self._metrics += new
        if time.monotonic() > max(self._flushed + FLUSH_SECONDS, self._pause_until):
            self._attempt()

    def set_tags(self, tags: dict[str, str]) -> None:
        self._tags |= tags

    def log_picture(self, picture, key: str, step: int = 0) -> None:
        """Adds to the UI's image grid: `picture` is (height, width, channels) uint8."""
        if (key, step) not in self._pictures:
            self.written += 1
            self.do(lambda: self.client.log_image(self.run_id, picture, key=key, step=step))

    def log_file(self, path: str) -> None:
        self.do(lambda: self.client.log_artifact(self.run_id, path))

    def do(self, action: Callable[[], None]) -> None:
        """Calls `action` when the store answers."""
        self._actions.append(action)
        if time.monotonic() > self._pause_until:
            self._attempt()

    @told(OSError)
    def flush(self) -> None:
        """Writes all that waits."""
        from mlflow.entities import RunTag

        self._flushed = time.monotonic()
        while self._metrics:
            self.client.log_batch(self.run_id, metrics=self._metrics[:1000])  # MLflow's limit
            del self._metrics[:1000]
        if self._tags:
            tags = [RunTag(key, value) for key, value in self._tags.items()]
            self.client.log_batch(self.run_id, tags=tags)
            self._tags = {}
        while self._actions:
            self._actions[0]()
            del self._actions[0]

    def finish(self, status: str | None = None) -> None:
        """Writes all that waits, tries for a while, and says if it was in vain.

        Args:
            status: how the run ended, if this ends it.
        """
        if status:
            self._actions.append(lambda: self.client.set_terminated(self.run_id, status))
        patience = 0.0 if status in ("FAILED", "KILLED") else PATIENCE_SECONDS
        deadline = time.monotonic() + patience
        while not self._attempt():
            if time.monotonic() > deadline:
                print(
                    f"the tracking store lacks {len(self._metrics)} numbers and "
                    f"{len(self._tags) + len(self._actions)} entries more; DVC has them all, and "
                    "`python -m ganpkg.sync` will bring the store up to date",
                    file=sys.stderr,
                )
                return
            time.sleep(1)

    def _attempt(self) -> bool:
        """Flushes; if the store fails, says so once, and leaves it alone for a while.

        To find that out may take half a minute, which must not be most of the training's time.
        """
        start = time.monotonic()
        try:
            self.flush()
        except UserError as error:
            if not self._warned:
                print(f"going on, although {error}", file=sys.stderr)
            self._warned = True
            end = time.monotonic()
            self._pause_until = end + PAUSE * (end - start)
            return False
        return True


@contextmanager
def training_run(params: dict, data_md5: str, run_id: str | None = None):
    """The run of a training. It ends FINISHED, FAILED, or KILLED by a signal.

    Args:
        params: every parameter, logged as given.
        data_md5: of the file of the training samples.
        run_id: the run that a training taken up again had; if the store knows it, it goes on.
    """
    client, experiment_id = connect()
    with told():
        end_dead_runs(client, experiment_id)
        if _is_there(client, run_id):  # the tag comes first: nobody must take the run for dead
            client.set_tag(run_id, PROCESS, _this_process())
            client.update_run(run_id, "RUNNING")
            run = Run(client, run_id, goes_on=True)
        else:
            name = os.environ.get("DVC_EXP_NAME")
            tags = {
                "git_commit": os.environ.get("DVC_EXP_BASELINE_REV") or _git_commit(),
                "data_md5": data_md5,
                PROCESS: _this_process(),
                **({"dvc_exp_name": name} if name else {}),
            }
            run = created_run(client, experiment_id, params, tags)
    status = "FAILED"
    try:
        yield run
        status = "FINISHED"
    except (KeyboardInterrupt, SystemExit):
        status = "KILLED"
        raise
    finally:
        run.finish(status)


def created_run(client, experiment_id: str, params: dict, tags: dict[str, str]) -> Run:
    """A new run with its parameters and its data set."""
    from mlflow.entities import Dataset, DatasetInput, InputTag, Param
    from mlflow.tracking.context.registry import resolve_tags

    name = tags.get("dvc_exp_name")
    created = client.create_run(experiment_id, tags=resolve_tags(tags), run_name=name)
    run = Run(client, created.info.run_id)

    def log():
        logged = [Param(key, str(value)) for key, value in params.items()]
        client.log_batch(run.run_id, params=logged)
        source = {"source_type": "local", "source": json.dumps({"uri": "data/prepared/train"})}
        dataset = Dataset(name=params["dataset"], digest=tags["data_md5"], **source)
        context = InputTag("mlflow.data.context", "training")
        client.log_inputs(run.run_id, datasets=[DatasetInput(dataset, [context])])

    run.do(log)
    return run


def _is_there(client, run_id: str | None) -> bool:
    from mlflow.exceptions import MlflowException

    try:
        return bool(run_id) and client.get_run(run_id).info.lifecycle_stage == "active"
    except MlflowException:
        return False


def _this_process() -> str:
    process = psutil.Process()
    return f"{platform.node()} {process.pid} {process.create_time()}"


def end_dead_runs(client, experiment_id: str) -> None:
    """Ends runs whose process was killed on this machine, and could not say so."""
    for run in client.search_runs([experiment_id], "attributes.status = 'RUNNING'"):
        node, _, process = run.data.tags.get(PROCESS, "").partition(" ")
        if node == platform.node() and not _is_alive(*process.split()):
            client.set_terminated(run.info.run_id, "KILLED")


def _is_alive(pid: str, created: str) -> bool:
    try:
        return psutil.Process(int(pid)).create_time() == float(created)
    except psutil.NoSuchProcess:
        return False


def log_results(metrics=None, pictures=None, tags=None, files=()) -> None:
    """Logs what a later stage made to the run of the model that it was made with.

    Args:
        metrics: name -> number.
        pictures: key -> (height, width, channels) uint8.
        tags: key -> text.
        files: paths.
    """
    try:
        run = run_of_model()
    except UserError as error:
        print(f"going on, although {error}", file=sys.stderr)
        return
    if not run:
        print("no MLflow run of this model in the tracking store: it came from DVC's cache")
        return
    run.log_metrics(metrics or {})
    run.set_tags(tags or {})
    for key, picture in (pictures or {}).items():
        run.log_picture(picture, key)
    for file in files:
        run.log_file(file)
    run.finish()


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
    return None


def log_generator(run: Run, generator, generator_file: Path = GENERATOR) -> None:
    """Logs the generator to the run in progress, with the md5 by which later stages find it."""
    import mlflow
    import numpy as np
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    def spec(shape):
        return Schema([TensorSpec(np.dtype("float32"), (-1, *shape[1:]))])

    def log():
        with mlflow.start_run(run.run_id):
            mlflow.keras.log_model(
                generator,
                name="generator",
                signature=ModelSignature(spec(generator.input_shape), spec(generator.output_shape)),
                pip_requirements=[f"{name}=={version(name)}" for name in ("keras", "tensorflow")],
            )

    run.do(log)
    run.set_tags({"generator_md5": md5(generator_file)})


def _git_commit() -> str:
    found = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True)
    return found.stdout.strip()
