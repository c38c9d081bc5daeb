"""MLflow: a run for each training and what follows it; a view of DVC's record.

Nothing of MLflow's enters a DVC output.
"""

import io
import json
import os
import sys
import time
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from ganpkg import git, process, record
from ganpkg.comparison import address
from ganpkg.errors import UserError
from ganpkg.params import Params
from ganpkg.record import Record
from ganpkg.storage import md5
from ganpkg.tracking_store import NoRun, Run, connect, log_points, pictures_of, steps_of, told, uri
from ganpkg.training.health import Warnings

PROCESS = "process"  # the tag of who writes a run
GENERATOR = Path("models/generator.keras")
REPORT = "report.html"


@contextmanager
def training_run(params: Params, data_md5: str, run_id: str | None = None):
    """The run of a training. It ends FINISHED, FAILED, or KILLED by a signal.

    Args:
        params: those that count for the training are logged.
        data_md5: of the file of the training samples.
        run_id: the run that a training taken up again had; if the store knows it, it goes on.
    """
    from ganpkg import backend

    if backend.process():
        yield NoRun()
        return
    experiment = os.environ.get("DVC_EXP_NAME")
    name = record.run_name(experiment, params)
    tags = {
        "git_commit": os.environ.get("DVC_EXP_BASELINE_REV") or git.head(),
        "data_md5": data_md5,
        "backend": backend.NAME,
        PROCESS: process.this(),
        **({"dvc_exp_name": experiment} if experiment else {}),
    }

    def begin():
        from mlflow.entities import RunTag

        client, experiment_id = connect()
        print(f"MLflow (`make ui`): {address(uri(), experiment_id)}", flush=True)
        end_dead_runs(client, experiment_id)
        before = client.search_runs([experiment_id], f"attributes.run_id = '{run_id}'")
        if not before:
            new = client.create_run(experiment_id, tags=tags, run_name=name)
            return client, new.info.run_id, False
        # The tags first: nobody must take it for dead.
        client.log_batch(run_id, tags=[RunTag(key, text) for key, text in tags.items()])
        # An experiment that is run again may have another name.
        client.update_run(run_id, "RUNNING", name)
        if not experiment and "dvc_exp_name" in before[0].data.tags:
            client.delete_tag(run_id, "dvc_exp_name")
        return client, run_id, True

    run = Run(begin)
    logged = record.texts(params, left_out=record.EVALUATION)
    run.do(lambda: _log_params(run.client, run.client.get_run(run.run_id), logged))
    status = "FAILED"
    try:
        yield run
        status = "FINISHED"
    except (KeyboardInterrupt, SystemExit):
        status = "KILLED"
        raise
    finally:
        run.finish(status)


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


def log_results(page: bytes) -> None:
    """Writes the record of the stages before `report`, and its page, as far as a store answers."""
    recorded = record.of_working_directory()
    if not recorded:
        print("not in MLflow, since dvc.lock does not record these files; `dvc repro` does it")
        return
    try:
        write(recorded, page)
    except UserError as error:
        print(
            f"going on, although {error}\n`python -m ganpkg.sync` will bring it up to date",
            file=sys.stderr,
        )


@told(OSError)
def write(recorded: Record, page: bytes | None = None) -> str:
    """Gives the run of a record what it lacks, and makes the run if there is none.

    Args:
        page: the report, if it is newer than the record.

    Returns:
        `made`, `completed`, `complete`, or, without a run and a history, `left out`.
    """
    from mlflow.entities import Metric, RunTag

    client, experiment_id = connect()
    run = _run_of(recorded, client, experiment_id)
    history = recorded.read("reports/history.csv")
    if history is None:
        return "complete" if run else "left out"
    found, tags = run is not None, _tags(recorded, history := pd.read_csv(io.BytesIO(history)))
    if not found:
        run = client.create_run(experiment_id, tags=tags, run_name=recorded.run_name)
    run_id, metrics, had = run.info.run_id, run.data.metrics, run.data.params
    if found and had.keys().isdisjoint(record.EVALUATION):  # it waited for what comes now
        client.update_run(run_id, name=recorded.run_name)
    numbers = json.loads(recorded.read("reports/metrics.json") or "{}")
    changed = any(metrics.get(key, number) != number for key, number in numbers.items())
    steps = steps_of(client, run_id) if found else {}
    now = int(time.time() * 1000)
    points = [point for point in _points(history) if point[2] > steps.get(point[0], -1)]
    points += [(key, new, 0) for key, new in numbers.items() if metrics.get(key) != new]
    log_points(client, run_id, [Metric(key, value, now, step) for key, value, step in points])
    new = {key: text for key, text in tags.items() if key not in run.data.tags}
    client.log_batch(run_id, tags=[RunTag(key, text) for key, text in new.items()])
    lacked = _log_params(client, run, recorded.logged)
    drawn = _log_files(client, run_id, recorded, page, found, changed)
    if run.info.status != "FINISHED":
        client.set_terminated(run_id)
    if not found:
        return "made"
    return (
        "completed" if points or new or lacked or drawn or run.info.end_time is None else "complete"
    )


def _points(history: pd.DataFrame):
    """Name, value and step of all that history.csv has of metrics."""
    last = int(history["step"].iloc[-1])
    for row in history.to_dict("records"):
        step, _, chosen = int(row.pop("step")), row.pop("epoch"), row.pop("chosen", 0)
        if chosen:
            yield "chosen_step", float(step), last
        for name, value in row.items():
            yield name, value, step


def _tags(recorded: Record, history: pd.DataFrame) -> dict[str, str]:
    environment = json.loads(recorded.read("models/environment.json") or "{}")
    warnings = Warnings()
    told = [warning for row in history.to_dict("records") for warning in warnings.of(row)]
    tags = {
        "git_commit": recorded.commit,
        "data_md5": recorded.data_md5,
        "generator_md5": recorded.generator_md5,
        "dvc_exp_name": recorded.name,
        "backend": environment.get("keras backend"),
        "warning": told[-1] if told else None,
    }
    return {key: text for key, text in tags.items() if text}


@told(Exception)  # where the store's files lie in a cloud, its package raises its own
def _log_files(client, run_id: str, recorded: Record, page, found: bool, changed: bool) -> int:
    """Logs pictures and the report, those that are there only if they `changed`; says how many."""
    there = pictures_of(client, run_id) if found else set()
    pictures = {
        ("progress", int(Path(name).stem)): content
        for name, content in recorded.folder("reports/progress").items()
    }
    results = {
        (name, 0): recorded.read(f"reports/{name}.png")
        for name in ("samples", "real_and_generated", "interpolations")
    }
    results["closest", 0] = recorded.folder("reports/closest").get("closest.png")
    old = there - (results.keys() if changed else set())
    pictures = {key: of for key, of in (pictures | results).items() if of and key not in old}
    for (key, step), content in pictures.items():
        picture = np.array(Image.open(io.BytesIO(content)))
        client.log_image(run_id, picture, key=key, step=step)
    has_report = found and REPORT in [file.path for file in client.list_artifacts(run_id)]
    if page or changed or not has_report:
        page = page or recorded.read(f"reports/{REPORT}")
        if page:
            client.log_text(run_id, page.decode(), REPORT)
    return len(pictures) + bool(page)


def _run_of(recorded: Record, client, experiment_id: str):
    """The newest run of the model and the parameters that are recorded, or one that lost its end.

    Of several, that of the same experiment comes first. Parameters of what follows the training
    are in a run when its results are.
    """

    def runs(key):
        where = f"tags.{key} = '{getattr(recorded, key)}'"
        found = client.search_runs([experiment_id], where, order_by=["attributes.start_time DESC"])
        own = [run for run in found if run.data.tags.get("dvc_exp_name") == recorded.name]
        return own + [run for run in found if run not in own]

    for run in runs("generator_md5"):
        params = run.data.params
        if all(params.get(key, text) == text for key, text in recorded.logged.items()):
            return run
    for run in runs("data_md5"):
        tags, logged = run.data.tags, recorded.logged.items()
        own = tags.get("dvc_exp_name") in (None, recorded.name)
        ended = "generator_md5" not in tags and run.info.status != "RUNNING"
        if own and ended and run.data.params and run.data.params.items() <= logged:
            return run
    return None


def _log_params(client, run, params: dict[str, str]) -> bool:
    """Logs those that a run lacks; says whether there were any."""
    from mlflow.entities import Param

    new = [Param(key, text) for key, text in params.items() if key not in run.data.params]
    client.log_batch(run.info.run_id, params=new)
    return bool(new)


def end_dead_runs(client, experiment_id: str) -> None:
    """Ends runs whose process was killed, and could not say so."""
    for run in client.search_runs([experiment_id], "attributes.status = 'RUNNING'"):
        if process.is_dead(run.data.tags.get(PROCESS, "")):
            client.set_terminated(run.info.run_id, "KILLED")
