"""DVC's record of a training: what dvc.lock says of it, and the files that its hashes name."""

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ganpkg import git, storage
from ganpkg.errors import UserError
from ganpkg.params import Params, check, committed_params, read_params
from ganpkg.yaml_text import mapping

STAGES = "prepare", "classifier", "train", "generate", "evaluate", "report"
EVALUATION = "num_samples", "sample_seed"  # the parameters of what follows the training


class Contents:
    """Files by their md5, from DVC's cache, or also from its remote."""

    def __init__(self, remote: bool = False):
        from dvc.repo import Repo

        self._repo, self._remote = Repo(), remote
        self._folders: dict[str, dict[str, str] | None] = {}

    def __call__(self, md5: str) -> bytes | None:
        with suppress(OSError):
            return _file(self._repo.cache.local, md5)
        # There may be no remote; and each kind of remote has errors of its own.
        with suppress(Exception):
            return _file(self._repo.cloud.get_remote_odb(), md5) if self._remote else None
        return None

    def folder(self, md5: str) -> dict[str, str] | None:
        """Name -> md5 of the files in a folder, whose md5 ends in `.dir`."""
        if md5 not in self._folders:
            listed = self(md5)
            self._folders[md5] = listed and {
                entry["relpath"]: entry["md5"] for entry in json.loads(listed)
            }
        return self._folders[md5]


class Record(NamedTuple):
    """A training, and what followed it as far as that is of the same model."""

    label: str
    commit: str
    name: str | None
    """The experiment's, if it is of one."""
    params: Params
    stages: tuple[str, ...]
    outs: dict[str, str]
    """Path -> md5."""
    data_md5: str
    contents: Contents

    @property
    def generator_md5(self) -> str:
        return self.outs["models/generator.keras"]

    @property
    def logged(self) -> dict[str, str]:
        """The parameters that count, as MLflow has them."""
        left_out = () if "evaluate" in self.stages else EVALUATION
        return texts(self.params, left_out)

    @property
    def run_name(self) -> str:
        return run_name(self.name, self.params, self.commit)

    def read(self, path: str) -> bytes | None:
        """A file's content; None if the record, the cache and the remote lack it."""
        return self.contents(self.outs[path]) if path in self.outs else None

    def folder(self, path: str) -> dict[str, bytes]:
        """Name -> content of the files of a folder, as far as they are there."""
        listed = self.contents.folder(self.outs[path]) if path in self.outs else None
        found = {name: self.contents(md5) for name, md5 in (listed or {}).items()}
        return {name: content for name, content in found.items() if content is not None}


def texts(params: Params, left_out: tuple[str, ...] = ()) -> dict[str, str]:
    return {key: str(value) for key, value in params.effective().items() if key not in left_out}


def run_name(experiment: str | None, params: Params, commit: str) -> str:
    """The experiment's name, else what differs from what is committed, else the commit."""
    differences = ""
    with suppress(UserError):  # there may be no commit, or one with other keys
        differences = params.differences(committed_params())
    differences = differences if len(differences) <= 100 else f"{differences[:96]} ..."
    return experiment or differences or f"commit {commit[:7]}"


def records(contents: Contents) -> list[Record]:
    """Of the working directory, of HEAD, local branches and tags, and of the experiments.

    Of those of one model and the same parameters the first, with the name of an experiment.
    """
    locks = [("the working directory", git.head(), None, _here())]
    for commit in git.commits_of("dvc.lock"):
        locks.append((f"commit {commit[:7]}", commit, None, _show(commit)))
    for revision, baseline, name in git.experiments():
        locks.append((f"experiment {name}", baseline, name, _show(revision)))
    found = {}
    for *about, lock in locks:
        record = of_lock(lock, contents, *about)
        if record:
            key = record.generator_md5, str(record.logged)
            first = found.setdefault(key, record)
            found[key] = first._replace(name=first.name or record.name)
    return list(found.values())


def of_lock(lock: str, contents: Contents, label: str, commit: str, name: str | None):
    """The record in a dvc.lock; None if there is none of a training with today's parameters.

    A stage counts as far as it was given what the stages before it made: `dvc repro train` leaves
    results of the model before, and an experiment of `prepare` alone leaves that model.
    """
    try:
        stages = mapping(lock, "dvc.lock")["stages"]
        fitting, outs, params = [], {}, {}
        for stage in STAGES:
            if stage not in stages or not _fits(stages[stage], outs, contents):
                break
            fitting.append(stage)
            outs |= {entry["path"]: entry["md5"] for entry in stages[stage]["outs"]}
            # The report was given all of them, and perhaps before.
            params |= {} if stage == "report" else stages[stage]["params"]["params.yaml"]
        deps = {entry["path"]: entry["md5"] for entry in stages["train"]["deps"]}
        # Of what it lacks, sections that are not chosen among them, any value will do.
        params = check(read_params().model_dump() | params, "dvc.lock")
        about = label, commit, name, params, tuple(fitting), outs
        data_md5 = deps["data/prepared/train/samples.npy"]
        return Record(*about, data_md5, contents) if "train" in fitting else None
    except (UserError, KeyError, TypeError, AttributeError):
        return None


def _fits(stage: dict, outs: dict[str, str], contents: Contents) -> bool:
    return all(_made(dep["path"], outs, contents) in (None, dep["md5"]) for dep in stage["deps"])


def _made(path: str, outs: dict[str, str], contents: Contents) -> str | None:
    """The md5 of an output, or of a part of one; None if it is none, or nothing says so."""
    if path in outs:
        return outs[path]
    for folder, md5 in outs.items():
        if not path.startswith(f"{folder}/"):
            continue
        files = contents.folder(md5)
        if files is None:
            return None
        inside = path.removeprefix(f"{folder}/")
        part = {
            name.removeprefix(f"{inside}/"): of
            for name, of in files.items()
            if name.startswith(f"{inside}/")
        }
        return _folder_md5(part) if part else files.get(inside, "")
    return None


def _folder_md5(files: dict[str, str]) -> str:
    """As DVC computes it."""
    listed = [{"md5": md5, "relpath": name} for name, md5 in sorted(files.items())]
    return hashlib.md5(json.dumps(listed).encode()).hexdigest() + ".dir"


def _file(place, md5: str) -> bytes:
    return place.fs.cat_file(place.oid_to_path(md5))


def _here() -> str:
    file = Path("dvc.lock")
    return file.read_text() if file.exists() else ""


def _show(revision: str) -> str:
    """The dvc.lock of a revision, which may lack it."""
    with suppress(UserError):
        return git.output("show", f"{revision}:./dvc.lock")
    return ""


def of_working_directory() -> Record | None:
    """Of the experiment whose stages run here; None if dvc.lock does not record what lies here."""
    commit = os.environ.get("DVC_EXP_BASELINE_REV") or git.head()
    name = os.environ.get("DVC_EXP_NAME")
    record = of_lock(_here(), Contents(), "the working directory", commit, name)
    made = ("models/generator.keras", "reports/metrics.json")
    here = {path: storage.md5(path) for path in made if Path(path).is_file()}
    return record if record and here.items() <= record.outs.items() and len(here) == 2 else None
