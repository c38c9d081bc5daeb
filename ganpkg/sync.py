"""Brings MLflow up to DVC's record.

python -m ganpkg.sync    makes the runs that are missing, and completes the others

A result that comes from DVC's cache or a remote has no run, because no code ran. A run is
incomplete if its tracking store failed before its end.
"""

import io
import json
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from PIL import Image

from ganpkg import record, stage
from ganpkg.errors import UserError
from ganpkg.record import Cache, Record
from ganpkg.tracking_store import REMEDY, Run, connect, store_errors
from ganpkg.training.health import Warnings

LEFT_OUT = "left out: its history.csv is neither in the cache nor in a remote"
PICTURES = "samples", "real_and_generated", "interpolations", "closest/closest"


def main():
    counts = Counter()
    for training in record.find_all(Cache(remote=True)):
        result = write(training)
        counts[result] += 1
        if result != "complete":
            print(f"{training.label}: {result}")
    if not counts:
        print(
            "nothing to bring to MLflow: no dvc.lock here, in a commit or in an experiment records "
            "a training with the keys of params.yaml"
        )
        return
    print(
        f"{counts.total()} trainings recorded: {counts['made']} runs made, "
        f"{counts['completed']} completed, {counts['complete']} complete already, "
        f"{counts[LEFT_OUT]} left out"
    )


def write_working_directory(page: bytes) -> None:
    """Writes the working directory's training, with its report. A failing store is no error."""
    try:
        if training := record.from_working_directory():
            write(training, page)
        else:
            print("not in MLflow, since dvc.lock does not record these files; `dvc repro` does it")
    except UserError as error:
        print(f"going on, although {error}\n{REMEDY}", file=sys.stderr)


@store_errors()
def write(training: Record, page: bytes | None = None) -> str:
    """Completes the run of a training, or makes one if there is none.

    Args:
        page: the content of report.html, if the training is that in the working directory.

    Returns:
        `made`, `completed`, `complete`, or, if there is neither a run nor a history, LEFT_OUT.
    """
    client, experiment_id = connect()
    existing = _find_run(training, client, experiment_id)
    results_md5 = str(training.outs.get("reports/metrics.json"))
    if existing and not page and existing.data.tags.get("metrics_md5") == results_md5:
        return "complete"
    history = training.read("reports/history.csv")
    if history is None:
        return "complete" if existing else LEFT_OUT
    run = Run(client, existing or client.create_run(experiment_id))
    if run.params.keys().isdisjoint(record.EVALUATION):  # it has no results yet
        client.update_run(run.id, name=training.run_name)
    rows = pd.read_csv(io.BytesIO(history)).to_dict("records")
    numbers = json.loads(training.read("reports/metrics.json") or "{}")
    run.log([*_points(rows), (0, numbers)], _new_tags(training, rows, run), training.texts)
    if run.status != "FINISHED":
        client.set_terminated(run.id)
    with store_errors(Exception):  # cloud storage raises errors of its own packages
        _log_files(run, training, page)
    client.set_tag(run.id, "metrics_md5", results_md5)  # last: it says that the run is complete
    return "completed" if existing else "made"


def _points(rows: list[dict]):
    """Steps and metrics in the rows of history.csv."""
    for row in rows:
        yield row["step"], row
        if row.get("chosen"):
            yield rows[-1]["step"], {"chosen_step": row["step"]}


def _new_tags(training: Record, rows: list[dict], run: Run) -> dict[str, str]:
    """The tags that the run lacks."""
    warnings = Warnings()
    texts = [text for row in rows for text in warnings.of(row)]
    tags = {
        "git_commit": training.commit,
        "data_md5": training.data_md5,
        "generator_md5": training.generator_md5,
        "backend": training.params.backend,
        "dvc_exp_name": training.name,
        "warning": texts[-1] if texts else None,
    }
    return {key: text for key, text in tags.items() if text and key not in run.tags}


def _log_files(run: Run, training: Record, page: bytes | None) -> None:
    """Logs the pictures, the report and the generator."""
    for name, content in training.folder("reports/progress").items():
        run.log_picture(Image.open(io.BytesIO(content)), "progress", int(Path(name).stem))
    for name in PICTURES:  # MLflow shows the newest of each
        if content := training.read(f"reports/{name}.png"):
            run.client.log_image(run.id, Image.open(io.BytesIO(content)), key=Path(name).name)
    if report := page or training.read("reports/report.html"):
        run.client.log_text(run.id, report.decode(), "report.html")
    if page and not run.has_model:
        _log_generator(run.id, training)


def _log_generator(run_id: str, training: Record) -> None:
    """Logs the generator in the working directory, which `logged_generator.py` loads."""
    import mlflow

    code = Path(__file__).parent
    files = ["models/generator.keras", "models/environment.json", "data/prepared/table.json"]
    files += ["data/prepared/classes.json"] if training.params.conditional else []
    # Those that it imports. MLflow adds itself, and all of them need NumPy.
    libraries = "keras", training.params.backend, "pandas"
    with mlflow.start_run(run_id):
        mlflow.pyfunc.log_model(
            name="generator",
            python_model=str(code / "logged_generator.py"),
            artifacts={Path(file).stem: file for file in files},
            code_paths=[str(code)],
            pip_requirements=[f"{name}=={version(name)}" for name in libraries],
        )


def _find_run(training: Record, client, experiment_id: str):
    """The run of a training, as MLflow's client returns it, or None.

    It is a run of the recorded model and parameters; or else one of the same data and parameters
    that was stopped before it had a model. Of several, runs of the same experiment come first,
    then the newest. A run has the parameters of evaluation only with its results.
    """
    name, texts = training.name, training.texts
    for key in "generator_md5", "data_md5":
        where = f"tags.{key} = '{getattr(training, key)}'"
        newest = client.search_runs([experiment_id], where, order_by=["attributes.start_time DESC"])
        for run in sorted(newest, key=lambda run: run.data.tags.get("dvc_exp_name") != name):
            tags, params = run.data.tags, run.data.params
            stopped = "generator_md5" not in tags and run.info.status != "RUNNING"
            own = stopped and tags.get("dvc_exp_name") in (None, name)
            same = all(params.get(key, text) == text for key, text in texts.items())
            if params and same and (own or key == "generator_md5"):
                return run
    return None


if __name__ == "__main__":
    stage.run("sync", main)
