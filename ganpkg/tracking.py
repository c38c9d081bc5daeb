"""MLflow: one run per trained model, found again by the md5 of its generator.

DVC keeps the record; MLflow is a view of it. Nothing of MLflow's enters a DVC output.
"""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from ganpkg import process
from ganpkg.errors import UserError
from ganpkg.storage import md5
from ganpkg.tracking_store import NoRun, Run, connect, told

PROCESS = "process"  # the tag of who writes a run
GENERATOR = Path("models/generator.keras")


@contextmanager
def training_run(params: dict, data_md5: str, run_id: str | None = None):
    """The run of a training. It ends FINISHED, FAILED, or KILLED by a signal.

    Args:
        params: every parameter, logged as given.
        data_md5: of the file of the training samples.
        run_id: the run that a training taken up again had; if the store knows it, it goes on.
    """
    from ganpkg import backend

    if backend.process():
        yield NoRun()
        return
    name = os.environ.get("DVC_EXP_NAME")
    tags = {
        "git_commit": os.environ.get("DVC_EXP_BASELINE_REV") or _git_commit(),
        "data_md5": data_md5,
        "backend": backend.NAME,
        PROCESS: process.this(),
        **({"dvc_exp_name": name} if name else {}),
    }

    def begin():
        from mlflow.entities import RunTag

        client, experiment_id = connect()
        end_dead_runs(client, experiment_id)
        if not _is_there(client, run_id):
            return client, create_run(client, experiment_id, tags), False
        client.set_tag(run_id, PROCESS, tags[PROCESS])  # first: nobody must take it for dead
        # An experiment that is run again may have another name.
        client.update_run(run_id, "RUNNING", name)
        client.log_batch(run_id, tags=[RunTag(key, text) for key, text in tags.items()])
        if not name and "dvc_exp_name" in client.get_run(run_id).data.tags:
            client.delete_tag(run_id, "dvc_exp_name")
        return client, run_id, True

    run = Run(begin)
    log_params(run, params, data_md5)
    status = "FAILED"
    try:
        yield run
        status = "FINISHED"
    except (KeyboardInterrupt, SystemExit):
        status = "KILLED"
        raise
    finally:
        run.finish(status)


def create_run(client, experiment_id: str, tags: dict[str, str]) -> str:
    """The id of a new run, which has an experiment's name, if it is of one."""
    from mlflow.tracking.context.registry import resolve_tags

    name = tags.get("dvc_exp_name")
    return client.create_run(experiment_id, tags=resolve_tags(tags), run_name=name).info.run_id


def log_params(run: Run, params: dict, data_md5: str) -> None:
    """Logs parameters and data set, unless the run has them."""
    from mlflow.entities import Dataset, DatasetInput, InputTag, Param

    def log():
        found = run.client.get_run(run.run_id)
        if not found.data.params:
            logged = [Param(key, str(value)) for key, value in params.items()]
            run.client.log_batch(run.run_id, params=logged)
        if found.inputs.dataset_inputs:
            return
        source = {"source_type": "local", "source": json.dumps({"uri": "data/prepared/train"})}
        dataset = Dataset(name=params["dataset"], digest=data_md5, **source)
        context = InputTag("mlflow.data.context", "training")
        run.client.log_inputs(run.run_id, datasets=[DatasetInput(dataset, [context])])

    run.do(log)


def _is_there(client, run_id: str | None) -> bool:
    from mlflow.exceptions import MlflowException

    try:
        return bool(run_id) and client.get_run(run_id).info.lifecycle_stage == "active"
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        return False


def end_dead_runs(client, experiment_id: str) -> None:
    """Ends runs whose process was killed, and could not say so."""
    for run in client.search_runs([experiment_id], "attributes.status = 'RUNNING'"):
        if process.is_dead(run.data.tags.get(PROCESS, "")):
            client.set_terminated(run.info.run_id, "KILLED")


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
    found = client.search_runs([experiment_id], made_it, order_by=["attributes.start_time DESC"])
    name = os.environ.get("DVC_EXP_NAME")
    own = [run for run in found if name and run.data.tags.get("dvc_exp_name") == name]
    return Run.of(client, (own or found)[0].info.run_id) if found else None


def log_generator(run: Run, conditional: bool) -> None:
    """Logs the generator, as `logged_generator.py` loads it, to the run in progress, with the md5
    by which later stages find it."""
    import mlflow

    from ganpkg import backend

    code = Path(__file__).parent
    files = [GENERATOR, "models/environment.json", "data/prepared/table.json"]
    files += ["data/prepared/classes.json"] if conditional else []
    libraries = "keras", *backend.PACKAGES, "pandas", "pillow", "tqdm"

    def log():
        with mlflow.start_run(run.run_id):
            mlflow.pyfunc.log_model(
                name="generator",
                python_model=str(code / "logged_generator.py"),
                artifacts={Path(file).stem: str(file) for file in files},
                code_paths=[str(code)],
                pip_requirements=[f"{name}=={version(name)}" for name in libraries],
            )

    run.do(log)
    run.set_tags({"generator_md5": md5(GENERATOR)})


def _git_commit() -> str:
    found = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True)
    return found.stdout.strip()
