"""Brings MLflow up to DVC's record.

python -m ganpkg.sync    makes the runs that are missing, and completes those that lack something

Results that came from DVC's cache or a remote ran no code and so made no run; a run whose
tracking store was gone may lack its end. DVC's record is the commits of all branches, and the
experiments.
"""

import io
import json
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import yaml
from PIL import Image

from ganpkg import stage, tracking
from ganpkg.errors import UserError
from ganpkg.tracking_store import Run, connect, told

PICTURES = ("samples", "real_and_generated", "interpolations")


class Record(NamedTuple):
    """Of a commit, or of an experiment, which has a name."""

    revision: str
    baseline: str
    name: str | None
    params: dict
    data_md5: str
    generator_md5: str

    def __str__(self):
        return f"experiment {self.name}" if self.name else f"commit {self.revision[:7]}"


def records() -> list[Record]:
    """The commits of all branches, the newest of those that record the same, and experiments."""
    found = {}
    for revision in _git("rev-list", "--branches").split():
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
        train = yaml.safe_load(_git("show", f"{revision}:dvc.lock"))["stages"]["train"]
        params = yaml.safe_load(_git("show", f"{revision}:params.yaml"))
        md5s = {entry["path"]: entry["md5"] for entry in train["deps"] + train["outs"]}
        data_md5 = md5s["data/prepared/train/samples.npy"]
        return Record(revision, baseline, name, params, data_md5, md5s["models/generator.keras"])
    except (UserError, KeyError):
        return None


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

    runs = client.search_runs([experiment_id], f"tags.data_md5 = '{record.data_md5}'")
    found = [run for run in runs if _is_of(run, record)]
    found += [run for run in runs if _was_to_be(run, record)]
    files = DVCFileSystem(rev=record.revision)
    try:
        history = pd.read_csv(io.BytesIO(files.read_bytes("reports/history.csv")))
    except OSError:
        if found:
            return "complete"
        print(f"{record}: left out, its history.csv is neither in the cache nor in a remote")
        return "left out"
    if found:
        run = Run.of(client, found[0].info.run_id, goes_on=True)
        tags, ended = found[0].data.tags, found[0].info.status == "FINISHED"
    else:
        run = Run.of(client, tracking.create_run(client, experiment_id, _tags(record)))
        tracking.log_params(run, record.params, record.data_md5)
        tags, ended = {}, False
    last = int(history["step"].iloc[-1])
    for row in history.to_dict("records"):
        if row.pop("chosen", 0):
            run.log_metrics({"chosen_step": row["step"]}, last)
        step = int(row.pop("step"))
        row.pop("epoch")
        run.log_metrics(row, step)
    _log_results(run, files)
    run.set_tags({key: text for key, text in _tags(record).items() if key not in tags})
    run.flush()
    what = "complete"
    if not found:
        what = "made"
    elif run.written or not ended or "generator_md5" not in tags:
        what = "completed"
    run.finish(None if ended else "FINISHED")
    if what != "complete":
        print(f"{record}: {what}")
    return what


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


def _tags(record: Record) -> dict[str, str]:
    return {
        "git_commit": record.baseline,
        "data_md5": record.data_md5,
        "generator_md5": record.generator_md5,
        "num_samples": str(record.params["num_samples"]),
        "sample_seed": str(record.params["sample_seed"]),
        **({"dvc_exp_name": record.name} if record.name else {}),
    }


def _log_results(run: Run, files) -> None:
    """Numbers and pictures, as far as cache and remotes have them."""
    with suppress(OSError, KeyError):
        environment = json.loads(files.read_text("models/environment.json"))
        run.set_tags({"backend": environment["keras backend"]})
    with suppress(OSError):
        run.log_metrics(json.loads(files.read_text("reports/metrics.json")))
    places = {("closest", 0): "reports/closest/closest.png"}
    places |= {(name, 0): f"reports/{name}.png" for name in PICTURES}
    for path in files.glob("reports/progress/*.png"):
        places["progress", int(Path(path).stem)] = path
    for (key, step), path in places.items():
        with suppress(OSError):
            picture = np.array(Image.open(io.BytesIO(files.read_bytes(path))))
            run.log_picture(picture, key, step)


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise UserError(f"`git {' '.join(arguments)}` failed: {done.stderr.strip()[:200]}")
    return done.stdout


if __name__ == "__main__":
    stage.run("sync", main)
