"""Brings MLflow up to DVC's record.

python -m ganpkg.sync    makes the runs that are missing, and completes those that lack something

Results that came from DVC's cache or a remote ran no code and so made no run; a run whose
tracking store was gone may lack its end, or have results that are no longer those on record. DVC's
record is the commits of HEAD, local branches and tags with today's parameters, and the experiments.
"""

import io
import json
import math
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import yaml
from PIL import Image

from ganpkg import stage, tracking
from ganpkg.errors import UserError
from ganpkg.params import parse
from ganpkg.tracking_store import Run, connect, told
from ganpkg.training.health import Warnings

PICTURES = ("samples", "real_and_generated", "interpolations")
REPORT = "report.html"


class Record(NamedTuple):
    """Of a commit, or of an experiment, which has a name."""

    revision: str
    baseline: str
    name: str | None
    params: dict
    data_md5: str
    generator_md5: str
    whole: bool
    """Whether the later stages' results are of this model: `dvc repro train` leaves old ones."""

    def __str__(self):
        return f"experiment {self.name}" if self.name else f"commit {self.revision[:7]}"


def records() -> list[Record]:
    """Of HEAD, local branches and tags the newest commits of each model; and experiments."""
    found = {}
    for revision in _git("rev-list", "HEAD", "--branches", "--tags").split():
        record = _record(revision, revision, None)
        if record:
            found.setdefault(record.generator_md5, record)
    experiments = _git(
        "for-each-ref", "--format=%(objectname) %(refname)", "refs/exps"
    ).splitlines()
    for revision, _, place in (line.partition(" ") for line in experiments):
        # refs/exps/<2 digits of the baseline>/<38>/<name>
        match place.split("/")[2:]:
            case [start, rest, name] if len(rest) == 38:
                record = _record(revision, start + rest, name)
                if record:
                    found[name, revision] = record
    return list(found.values())


def _record(revision: str, baseline: str, name: str | None) -> Record | None:
    """What the revision records of a training, if it does."""
    try:
        stages = yaml.safe_load(_git("show", f"{revision}:./dvc.lock"))["stages"]
        train = stages["train"]
        params = yaml.safe_load(_git("show", f"{revision}:./params.yaml"))
        for _, of in sorted(stages.items(), key=lambda item: item[0] != "report"):
            params |= of.get("params", {}).get("params.yaml", {})  # params.yaml may be newer
        params = parse(yaml.safe_dump(params), "params.yaml").model_dump()
        entries = {entry["path"]: entry for entry in train["deps"] + train["outs"]}
        data_md5 = entries["data/prepared/train/samples.npy"]["md5"]
        generator_md5 = entries["models/generator.keras"]["md5"]
        return Record(revision, baseline, name, params, data_md5, generator_md5, _is_whole(stages))
    except (UserError, KeyError, TypeError, yaml.YAMLError):
        return None


def _is_whole(stages: dict) -> bool:
    """Whether every stage of dvc.lock was given what the others made."""

    def of_all(kind):
        entries = [entry for of in stages.values() for entry in of.get(kind, [])]
        return [(entry["path"], entry.get("md5")) for entry in entries]

    made = dict(of_all("outs"))
    return all(made.get(path, md5) == md5 for path, md5 in of_all("deps"))


def main():
    client, experiment_id = connect()
    tracking.end_dead_runs(client, experiment_id)
    done = [sync(record, client, experiment_id) for record in records()]
    print(
        f"{len(done)} trainings recorded: {done.count('made')} runs made, "
        f"{done.count('completed')} completed, {done.count('complete')} complete already, "
        f"{done.count('left out')} left out"
    )


@told()
def sync(record: Record, client, experiment_id: str) -> str:
    """Says what it does: `made`, `completed`, `left out`, or, in silence, `complete`."""
    from dvc.api import DVCFileSystem

    found, files = _run_of(record, experiment_id), DVCFileSystem(rev=record.revision)
    try:
        history = pd.read_csv(io.BytesIO(files.read_bytes("reports/history.csv")))
    except OSError:
        if found:
            return "complete"
        print(f"{record}: left out, its history.csv is neither in the cache nor in a remote")
        return "left out"
    if found:
        run = Run.of(client, found.info.run_id, goes_on=True)
        tags, ended = found.data.tags, found.info.status == "FINISHED"
        outdated = _is_outdated(found, record, client, files)
    else:
        run = Run.of(client, tracking.create_run(client, experiment_id, _tags(record)))
        tags, ended, outdated = {}, False, False
    tracking.log_params(run, record.params, record.data_md5)
    _log_training(run, history, files)
    reported = False
    if record.whole:
        results = Run.of(client, run.run_id) if outdated else run  # writes what is there, too
        _log_results(results, files)
        results.flush()
        reported = _log_report(run, files, outdated)
    wanted = _tags(record) | _warned(history)
    new = {key: text for key, text in wanted.items() if key not in tags}
    run.set_tags(new | _drawn(record) if outdated else new)
    run.flush()
    what = "complete"
    if not found:
        what = "made"
    elif run.written or outdated or reported or not ended or new:
        what = "completed"
    run.finish(None if ended else "FINISHED")
    if what != "complete":
        print(f"{record}: {what}")
    return what


def _run_of(record: Record, experiment_id: str):
    """The newest run of the training that is recorded; None without any."""
    import mlflow

    runs = mlflow.search_runs(
        [experiment_id], f"tags.data_md5 = '{record.data_md5}'", output_format="list"
    )
    for fits in (_is_of, _was_to_be):
        for run in runs:
            if fits(run, record):
                return run
    return None


def _is_of(run, record: Record) -> bool:
    """Whether it is the run of this training: of an experiment, that by its name."""
    tags = run.data.tags
    same = tags.get("generator_md5") == record.generator_md5
    return same and record.name in (None, tags.get("dvc_exp_name"))


def _was_to_be(run, record: Record) -> bool:
    """Whether the run lost its end: nothing says which model it made, and all else fits."""
    tags = run.data.tags
    params = {key: str(value) for key, value in record.params.items()}
    unfinished = "generator_md5" not in tags and run.info.status != "RUNNING"
    return unfinished and tags.get("dvc_exp_name") == record.name and run.data.params == params


def _is_outdated(run, record: Record, client, files) -> bool:
    """Whether the record has other results than the run, and newer ones."""
    if run.data.tags.get("dvc_exp_name") != record.name:  # it has the results of another one
        return False
    if not record.whole:
        return False
    logged = run.data.metrics
    for name, value in _numbers(files).items():
        if math.isfinite(value) and logged.get(name, value) != value:
            history = client.get_metric_history(run.info.run_id, name)
            recorded = 1000 * int(_git("show", "-s", "--format=%ct", record.revision))
            return recorded > max(point.timestamp for point in history)
    return False


def _tags(record: Record) -> dict[str, str]:
    return {
        "git_commit": record.baseline,
        "data_md5": record.data_md5,
        "generator_md5": record.generator_md5,
        **_drawn(record),
        **({"dvc_exp_name": record.name} if record.name else {}),
    }


def _drawn(record: Record) -> dict[str, str]:
    """How the samples were drawn."""
    return {key: str(record.params[key]) for key in ("num_samples", "sample_seed")}


def _warned(history: pd.DataFrame) -> dict[str, str]:
    """The last warning of a training, if there was one."""
    warnings = Warnings()
    told = [warning for row in history.to_dict("records") for warning in warnings.of(row)]
    return {"warning": told[-1]} if told else {}


def _log_training(run: Run, history: pd.DataFrame, files) -> None:
    last = int(history["step"].iloc[-1])
    for row in history.to_dict("records"):
        if row.pop("chosen", 0):
            run.log_metrics({"chosen_step": row["step"]}, last)
        step = int(row.pop("step"))
        row.pop("epoch")
        run.log_metrics(row, step)
    with suppress(OSError, KeyError):
        environment = json.loads(files.read_text("models/environment.json"))
        run.set_tags({"backend": environment["keras backend"]})
    for path in files.glob("reports/progress/*.png"):
        _log_picture(run, files, path, "progress", int(Path(path).stem))


def _log_results(run: Run, files) -> None:
    """Numbers and pictures, as far as cache and remotes have them."""
    run.log_metrics(_numbers(files))
    for name in PICTURES:
        _log_picture(run, files, f"reports/{name}.png", name)
    _log_picture(run, files, "reports/closest/closest.png", "closest")


def _numbers(files) -> dict[str, float]:
    with suppress(OSError):
        return json.loads(files.read_text("reports/metrics.json"))
    return {}


def _log_picture(run: Run, files, path: str, key: str, step: int = 0) -> None:
    try:
        picture = np.array(Image.open(io.BytesIO(files.read_bytes(path))))
    except OSError:
        return
    run.log_picture(picture, key, step)


@told(Exception)  # where the store's files lie in a cloud, its package raises its own
def _log_report(run: Run, files, anew: bool) -> bool:
    """Logs the report, if the run has none, or `anew`; says whether it did."""
    there = [file.path for file in run.client.list_artifacts(run.run_id)]
    if REPORT in there and not anew:
        return False
    try:
        page = files.read_bytes(f"reports/{REPORT}")
    except OSError:
        return False
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, REPORT)
        file.write_bytes(page)
        run.client.log_artifact(run.run_id, str(file))
    return True


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise UserError(f"`git {' '.join(arguments)}` failed: {done.stderr.strip()[:200]}")
    return done.stdout


if __name__ == "__main__":
    stage.run("sync", main)
