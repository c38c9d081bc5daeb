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
from ganpkg.tracking_store import Run, connect, points, store_errors
from ganpkg.training.health import Warnings

REPORT = "report.html"
PICTURES = "samples", "real_and_generated", "interpolations", "closest/closest"


def main():
    counts = Counter()
    for training in record.find_all(Cache(remote=True)):
        result = write(training)
        counts[result] += 1
        if result == "left out":
            print(f"{training.label}: its history.csv is neither in the cache nor in a remote")
        elif result != "complete":
            print(f"{training.label}: {result}")
    if not counts:
        print("nothing to bring to MLflow: no dvc.lock here, in a commit or in an experiment")
        return
    print(
        f"{counts.total()} trainings recorded: {counts['made']} runs made, "
        f"{counts['completed']} completed, {counts['complete']} complete already, "
        f"{counts['left out']} left out"
    )


def write_working_directory(page: bytes) -> None:
    """Writes the training in the working directory, with its report. A failing store is no error.

    Args:
        page: the content of report.html.
    """
    training = record.from_working_directory()
    if not training:
        print("not in MLflow, since dvc.lock does not record these files; `dvc repro` does it")
        return
    try:
        write(training, page)
    except UserError as error:
        print(
            f"going on, although {error}\n`python -m ganpkg.sync` will bring it up to date",
            file=sys.stderr,
        )


@store_errors(OSError)
def write(training: Record, page: bytes | None = None) -> str:
    """Completes the run of a training, or makes one if there is none.

    Args:
        page: the content of report.html, if the training is that in the working directory.

    Returns:
        `made`, `completed`, `complete`; or `left out`, if there is neither a run nor a history.
    """
    client, experiment_id = connect()
    existing = _find_run(training, client, experiment_id)
    history = training.read("reports/history.csv")
    if history is None:
        return "complete" if existing else "left out"
    rows = pd.read_csv(io.BytesIO(history)).to_dict("records")
    run = Run(client, existing or client.create_run(experiment_id, run_name=training.run_name))
    if existing and run.params.keys().isdisjoint(record.EVALUATION):  # it has no results yet
        client.update_run(run.id, name=training.run_name)
    numbers = json.loads(training.read("reports/metrics.json") or "{}")
    new = {key: number for key, number in numbers.items() if run.metrics.get(key) != number}
    replaced = not run.metrics.keys().isdisjoint(new)
    tags = {key: text for key, text in _tags(training, rows).items() if key not in run.tags}
    run.log(_metrics(rows), tags, training.texts)
    run.log_again(points(new, 0))
    if run.status != "FINISHED":
        run.end("FINISHED")
    _log_files(run, training, page, replaced)
    return "made" if not existing else "completed" if run.changed else "complete"


def _metrics(rows: list[dict]) -> list:
    """The metrics in the rows of history.csv."""
    metrics = []
    for row in rows:
        scores = {key: row[key] for key in row if key not in ("step", "epoch", "chosen")}
        metrics += points(scores, row["step"])
        if row.get("chosen"):
            metrics += points({"chosen_step": row["step"]}, rows[-1]["step"])
    return metrics


def _tags(training: Record, rows: list[dict]) -> dict[str, str]:
    environment = json.loads(training.read("models/environment.json") or "{}")
    warnings = Warnings()
    texts = [text for row in rows for text in warnings.of(row)]
    tags = {
        "git_commit": training.commit,
        "data_md5": training.data_md5,
        "generator_md5": training.generator_md5,
        "dvc_exp_name": training.name,
        "backend": environment.get("keras backend"),
        "warning": texts[-1] if texts else None,
    }
    return {key: text for key, text in tags.items() if text}


@store_errors(Exception)  # a store with files in a cloud raises errors of that cloud's package
def _log_files(run: Run, training: Record, page: bytes | None, replaced: bool) -> None:
    """Logs the pictures, the report and the generator.

    Args:
        replaced: whether the run's files belong to numbers that were replaced.
    """
    for name, content in training.folder("reports/progress").items():
        run.log_picture(_picture(content), "progress", int(Path(name).stem))
    for name in PICTURES:
        if content := training.read(f"reports/{name}.png"):
            run.log_picture(_picture(content), Path(name).name, again=replaced)
    new = page or replaced or REPORT not in [f.path for f in run.client.list_artifacts(run.id)]
    if new and (content := page or training.read(f"reports/{REPORT}")):
        run.client.log_text(run.id, content.decode(), REPORT)
        run.changed = True
    if page and not run.has_model:
        _log_generator(run)


def _log_generator(run: Run) -> None:
    """Logs the generator in the working directory, which `logged_generator.py` loads."""
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
            artifacts={Path(file).stem: file for file in files},
            code_paths=[str(code)],
            pip_requirements=[f"{name}=={version(name)}" for name in libraries],
        )
    run.changed = True


def _picture(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def _find_run(training: Record, client, experiment_id: str):
    """The run of a training, as MLflow's client returns it, or None.

    It is a run of the recorded model and parameters; or else one of the same data and parameters
    that was stopped before it had a model. Of several, runs of the same experiment come first,
    then the newest. A run has the parameters of evaluation only with its results.
    """

    def runs(key):
        where = f"tags.{key} = '{getattr(training, key)}'"
        newest = client.search_runs([experiment_id], where, order_by=["attributes.start_time DESC"])
        return sorted(newest, key=lambda run: run.data.tags.get("dvc_exp_name") != training.name)

    texts = training.texts
    for run in runs("generator_md5"):
        if all(run.data.params.get(key, text) == text for key, text in texts.items()):
            return run
    for run in runs("data_md5"):
        tags, params = run.data.tags, run.data.params
        own = tags.get("dvc_exp_name") in (None, training.name)
        stopped = "generator_md5" not in tags and run.info.status != "RUNNING"
        if own and stopped and params and params.items() <= texts.items():
            return run
    return None


if __name__ == "__main__":
    stage.run("sync", main)
