"""Brings MLflow up to DVC's record.

python -m ganpkg.sync    makes the runs that are missing, and completes those that lack something

Results that came from DVC's cache or a remote ran no code and so made no run; a run whose
tracking store was gone may lack its end.
"""

import io
import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from ganpkg import record, stage
from ganpkg.errors import UserError
from ganpkg.record import Contents, Record
from ganpkg.tracking import end_dead_runs
from ganpkg.tracking_store import Run, connect, store_errors
from ganpkg.training.health import Warnings

REPORT = "report.html"


def main():
    done = []
    for recorded in record.records(Contents(remote=True)):
        done.append(write(recorded))
        if done[-1] == "left out":
            print(f"{recorded.label}: its history.csv is neither in the cache nor in a remote")
        elif done[-1] != "complete":
            print(f"{recorded.label}: {done[-1]}")
    if not done:
        print("nothing to bring to MLflow: no dvc.lock here, in a commit or in an experiment")
        return
    print(
        f"{len(done)} trainings recorded: {done.count('made')} runs made, "
        f"{done.count('completed')} completed, {done.count('complete')} complete already, "
        f"{done.count('left out')} left out"
    )


def write_working_directory(page: bytes) -> None:
    """Writes the record of what lies here, with its report, as far as a store answers."""
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


@store_errors(OSError)
def write(recorded: Record, page: bytes | None = None) -> str:
    """Gives the run of a record what it lacks, and makes the run if there is none.

    Args:
        page: the report of what lies in the working directory, if that is the record.

    Returns:
        `made`, `completed`, `complete`, or, without a run and a history, `left out`.
    """
    from mlflow.entities import Metric

    client, experiment_id = connect()
    end_dead_runs(client, experiment_id)
    found = _run_of(recorded, client, experiment_id)
    history = recorded.read("reports/history.csv")
    if history is None:
        return "complete" if found else "left out"
    history, now = pd.read_csv(io.BytesIO(history)), int(time.time() * 1000)
    run = Run(client, found or client.create_run(experiment_id, run_name=recorded.run_name))
    if found and run.params.keys().isdisjoint(record.EVALUATION):  # it waited for what comes now
        client.update_run(run.id, name=recorded.run_name)
    numbers = json.loads(recorded.read("reports/metrics.json") or "{}")
    new = {key: number for key, number in numbers.items() if run.metrics.get(key) != number}
    replaced = not run.metrics.keys().isdisjoint(new)
    run.log(
        [Metric(key, value, now, step) for key, value, step in _points(history)],
        {key: text for key, text in _tags(recorded, history).items() if key not in run.tags},
        recorded.logged,
    )
    run.log_again([Metric(key, number, now, 0) for key, number in new.items()])
    if run.status != "FINISHED":
        run.end("FINISHED")
    _log_files(run, recorded, page, replaced)
    return "made" if not found else "completed" if run.changed else "complete"


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
    given = [warning for row in history.to_dict("records") for warning in warnings.of(row)]
    tags = {
        "git_commit": recorded.commit,
        "data_md5": recorded.data_md5,
        "generator_md5": recorded.generator_md5,
        "dvc_exp_name": recorded.name,
        "backend": environment.get("keras backend"),
        "warning": given[-1] if given else None,
    }
    return {key: text for key, text in tags.items() if text}


@store_errors(Exception)  # where the store's files lie in a cloud, its package raises its own
def _log_files(run: Run, recorded: Record, page: bytes | None, replaced: bool) -> None:
    """Logs the pictures, the report and the generator.

    Args:
        replaced: whether those of the results that are there belong to other numbers.
    """
    for name, content in recorded.folder("reports/progress").items():
        run.log_picture(_picture(content), "progress", int(Path(name).stem))
    for name in ("samples", "real_and_generated", "interpolations"):
        if content := recorded.read(f"reports/{name}.png"):
            run.log_picture(_picture(content), name, again=replaced)
    if content := recorded.folder("reports/closest").get("closest.png"):
        run.log_picture(_picture(content), "closest", again=replaced)
    new = page or replaced or REPORT not in [f.path for f in run.client.list_artifacts(run.id)]
    if new and (content := page or recorded.read(f"reports/{REPORT}")):
        run.client.log_text(run.id, content.decode(), REPORT)
        run.changed = True
    if page and not run.has_model:
        _log_generator(run)


def _log_generator(run: Run) -> None:
    """Logs the generator that lies here, as `logged_generator.py` loads it."""
    import mlflow

    environment = json.loads(Path("models/environment.json").read_text())
    code = Path(__file__).parent
    files = ["models/generator.keras", "models/environment.json", "data/prepared/table.json"]
    files += ["data/prepared/classes.json"] if run.params["conditional"] == "True" else []
    libraries = "keras", environment["keras backend"], "pandas", "pillow", "tqdm"
    with mlflow.start_run(run.id):
        mlflow.pyfunc.log_model(
            name="generator",
            python_model=str(code / "logged_generator.py"),
            artifacts={Path(file).stem: str(file) for file in files},
            code_paths=[str(code)],
            pip_requirements=[f"{name}=={version(name)}" for name in libraries],
        )
    run.changed = True


def _picture(content: bytes) -> np.ndarray:
    """(height, width, channels) uint8 pixels of a PNG."""
    return np.array(Image.open(io.BytesIO(content)))


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


if __name__ == "__main__":
    stage.run("sync", main)
