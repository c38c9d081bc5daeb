"""DVC's record of a training: what dvc.lock says about it, and the files with the hashes in it."""

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
EVALUATION = "num_samples", "sample_seed"  # the parameters of the stages after the training


class Cache:
    """Files by their md5, from DVC's cache and, if `remote`, from DVC's remote."""

    def __init__(self, remote: bool = False):
        from dvc.repo import Repo

        self._repo, self._remote = Repo(), remote
        self._folders: dict[str, dict[str, str] | None] = {}

    def read(self, md5: str) -> bytes | None:
        """The content of a file; None if it is missing."""
        with suppress(OSError):
            return _file(self._repo.cache.local, md5)
        # There may be no remote, and each kind of remote has its own errors.
        with suppress(Exception):
            return _file(self._repo.cloud.get_remote_odb(), md5) if self._remote else None
        return None

    def folder(self, md5: str) -> dict[str, str] | None:
        """Name -> md5 of the files in a folder, whose own md5 ends in `.dir`."""
        if md5 not in self._folders:
            content = self.read(md5)
            self._folders[md5] = content and {
                entry["relpath"]: entry["md5"] for entry in json.loads(content)
            }
        return self._folders[md5]


def _file(store, md5: str) -> bytes:
    return store.fs.cat_file(store.oid_to_path(md5))


class Record(NamedTuple):
    """A training, and the stages after it that used its model."""

    label: str
    commit: str
    name: str | None
    """The name of the experiment, if it is one."""
    params: Params
    stages: tuple[str, ...]
    outs: dict[str, str]
    """Path -> md5."""
    data_md5: str
    cache: Cache

    @property
    def generator_md5(self) -> str:
        return self.outs["models/generator.keras"]

    @property
    def texts(self) -> dict[str, str]:
        """The effective parameters as MLflow's texts; without results, those of the training."""
        return texts(self.params, omit=() if "evaluate" in self.stages else EVALUATION)

    @property
    def run_name(self) -> str:
        return run_name(self.name, self.params, self.commit)

    def read(self, path: str) -> bytes | None:
        """The content of an output, or of a file in one; None if it is missing."""
        md5 = _output_md5(path, self.outs, self.cache)
        return self.cache.read(md5) if md5 else None

    def folder(self, path: str) -> dict[str, bytes]:
        """Name -> content of the files in an output, without missing files."""
        files = self.cache.folder(self.outs[path]) if path in self.outs else None
        contents = {name: self.cache.read(md5) for name, md5 in (files or {}).items()}
        return {name: content for name, content in contents.items() if content is not None}


def texts(params: Params, omit: tuple[str, ...] = ()) -> dict[str, str]:
    """The effective parameters as texts, the form in which MLflow keeps them."""
    return {key: str(value) for key, value in params.effective().items() if key not in omit}


def experiment() -> tuple[str | None, str]:
    """Name and baseline commit of the DVC experiment that runs here; without one, None and HEAD."""
    return os.environ.get("DVC_EXP_NAME"), os.environ.get("DVC_EXP_BASELINE_REV") or git.head()


def run_name(name: str | None, params: Params, commit: str) -> str:
    """The experiment's name, the differences from the committed parameters, or the commit."""
    differences = ""
    with suppress(UserError):  # there may be no commit, or one with other keys
        differences = params.differences(committed_params())
    differences = differences if len(differences) <= 100 else f"{differences[:96]} ..."
    return name or differences or f"commit {commit[:7]}"


def find_all(cache: Cache) -> list[Record]:
    """The trainings in the working directory, in HEAD, local branches and tags, and in experiments.

    Records of the same model and parameters are merged: the first is kept, with the first name of
    an experiment.

    Raises:
        UserError: if params.yaml has a mistake.
    """
    params = read_params()
    locks = [("the working directory", git.head(), None, _lock_here())]
    for commit in git.commits_that_change("dvc.lock"):
        locks.append((f"commit {commit[:7]}", commit, None, _lock_in(commit)))
    for revision, baseline, name in git.experiments():
        locks.append((f"experiment {name}", baseline, name, _lock_in(revision)))
    unique = {}
    for label, commit, name, lock in locks:
        if training := from_lock(lock, params, cache, label, commit, name):
            key = training.generator_md5, str(training.texts)
            first = unique.setdefault(key, training)
            unique[key] = first._replace(name=first.name or name)
    return list(unique.values())


def from_working_directory() -> Record | None:
    """The training whose stages run here; None if dvc.lock does not record the files here."""
    name, commit = experiment()
    where = "the working directory"
    training = from_lock(_lock_here(), read_params(), Cache(), where, commit, name)
    for path in ("models/generator.keras", "reports/metrics.json"):
        file = Path(path)
        if not training or not file.is_file() or storage.md5(file) != training.outs.get(path):
            return None
    return training


def from_lock(
    lock: str, today: Params, cache: Cache, label: str, commit: str, name: str | None
) -> Record | None:
    """The training in the text of a dvc.lock; None if there is none with the keys of `today`.

    Stages count as long as their inputs are the outputs of the stages before them: after
    `dvc repro train`, the results belong to the previous model, and after an experiment of
    `prepare` alone, the model belongs to the previous data.
    """
    try:
        stages = mapping(lock, "dvc.lock")["stages"]
        current, outs, values = [], {}, {}
        for stage in STAGES:
            if stage not in stages or not _inputs_match(stages[stage], outs, cache):
                break
            current.append(stage)
            outs |= {entry["path"]: entry["md5"] for entry in stages[stage]["outs"]}
            if stage != "report":  # it has the parameters of all stages, perhaps older ones
                values |= stages[stage]["params"]["params.yaml"]
        deps = {entry["path"]: entry["md5"] for entry in stages["train"]["deps"]}
        # Of missing keys, such as those of sections that are not chosen, any value will do.
        params = check(today.model_dump() | values, "dvc.lock")
        data_md5 = deps["data/prepared/train/samples.npy"]
        fields = label, commit, name, params, tuple(current), outs, data_md5, cache
        return Record(*fields) if "train" in current else None
    except (UserError, KeyError, TypeError, AttributeError):
        return None


def _inputs_match(stage: dict, outs: dict[str, str], cache: Cache) -> bool:
    return all(_output_md5(dep["path"], outs, cache) in (None, dep["md5"]) for dep in stage["deps"])


def _output_md5(path: str, outs: dict[str, str], cache: Cache) -> str | None:
    """The md5 of an output, or of a file or folder in one.

    It is empty if the output has no such part, and None if the path is in no output or the
    output's list of files is missing.
    """
    folder = next((out for out in outs if path.startswith(f"{out}/")), "")
    files = cache.folder(outs[folder]) if folder else None
    if files is None:
        return outs.get(path)
    inner = path.removeprefix(f"{folder}/")
    names = [name for name in files if name.startswith(f"{inner}/")]
    part = {name.removeprefix(f"{inner}/"): files[name] for name in names}
    return _folder_md5(part) if part else files.get(inner, "")


def _folder_md5(files: dict[str, str]) -> str:
    """The md5 that DVC gives to a folder of these files."""
    entries = [{"md5": md5, "relpath": name} for name, md5 in sorted(files.items())]
    return hashlib.md5(json.dumps(entries).encode()).hexdigest() + ".dir"


def _lock_here() -> str:
    file = Path("dvc.lock")
    return file.read_text() if file.exists() else ""


def _lock_in(revision: str) -> str:
    """The dvc.lock of a revision; empty if it has none."""
    with suppress(UserError):
        return git.output("show", f"{revision}:./dvc.lock")
    return ""
