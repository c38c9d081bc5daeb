"""Checks that this machine reproduces what dvc.lock records, byte for byte.

python -m ganpkg.verify    runs the whole pipeline in a clean temporary copy, and compares
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from ganpkg import git, stage
from ganpkg.environment import differences
from ganpkg.errors import UserError
from ganpkg.storage import md5

ENVIRONMENT = "models/environment.json"


def main():
    recorded = _stages(Path("dvc.lock"))
    _check_up_to_date()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        _copy_to(copy)
        _repro(copy)
        made = _stages(copy / "dvc.lock")
        different = [
            (name, place)
            for name in _in_order(made)
            for place, digest in made[name].items()
            if place != ENVIRONMENT and recorded.get(name, {}).get(place) != digest
        ]
        now = json.loads((copy / ENVIRONMENT).read_text())
        causes = differences(_recorded_environment() or now, now)
        if different:
            name, place = different[0]
            print(f"differs: {_first_file(copy, place)}, of stage {name}, is the first output to")
            print("likely because the environment is another:" if causes else NO_CAUSE)
        else:
            print(
                f"bit-identical: all outputs of {len(made)} stages are those that dvc.lock records"
            )
            if causes:
                print("although the environment is another:")
        print("".join(f"  {cause}\n" for cause in causes), end="")
    sys.exit(1 if different else 0)


NO_CAUSE = (
    "no known cause: the environment is the recorded one (with `deterministic: false` in "
    "params.yaml, bytes may differ)"
)


def _stages(lock: Path) -> dict[str, dict[str, str]]:
    """Stage -> output -> md5."""
    if not lock.is_file():
        raise UserError("dvc.lock: no such file; `dvc repro` makes it")
    stages = yaml.safe_load(lock.read_text())["stages"]
    return {
        name: {out["path"]: out["md5"] for out in entry.get("outs", [])}
        for name, entry in stages.items()
    }


def _in_order(stages: dict) -> list[str]:
    """The stages in the order of dvc.yaml. (A `matrix` makes stages `name@item`.)"""
    order = list(yaml.safe_load(Path("dvc.yaml").read_text())["stages"])
    return sorted(stages, key=lambda name: order.index(name.partition("@")[0]))


def _check_up_to_date() -> None:
    status = json.loads(git.output_of("dvc", "status", "--json"))
    status.pop("check", None)  # it depends on unused parameters, too, and makes nothing
    for name, changes in status.items():
        for change in changes:
            changed = ["command"] if change == "changed command" else []
            if isinstance(change, dict):
                deps = change.get("changed deps", {})
                changed = [place for place, how in deps.items() if how != "deleted"]
            if changed:
                raise UserError(
                    f"dvc.lock: stage {name} was run with another {', '.join(changed)}; "
                    "`dvc repro` first"
                )


def _copy_to(folder: Path) -> None:
    """Copies all files that git does not ignore, except dvc.lock, and the raw data."""
    listed = git.output("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in listed.split("\0"):
        if name and name != "dvc.lock" and Path(name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(name, folder / name)
    shutil.copytree("data/raw", folder / "data/raw", dirs_exist_ok=True)
    git.output("init", "--quiet", str(folder))


def _repro(folder: Path) -> None:
    """Runs the pipeline there, without effect on this repository and its tracking store."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DVC_", "MLFLOW_T"))
    }
    done = subprocess.run(["dvc", "repro", "--no-run-cache"], cwd=folder, env=environment)
    if done.returncode:
        raise UserError("the pipeline did not run to its end in a clean copy; see above")


def _recorded_environment() -> dict[str, str] | None:
    from dvc.api import DVCFileSystem

    try:
        return json.loads(DVCFileSystem().read_text(ENVIRONMENT))
    except OSError:
        print(f"{ENVIRONMENT} is neither here nor in a remote: nothing to compare with")
        return None


def _first_file(copy: Path, place: str) -> str:
    """The first file with other bytes, if the output is a folder; else the output."""
    if Path(place).is_dir():
        for file in sorted((copy / place).rglob("*")):
            here = Path(place, file.relative_to(copy / place))
            if file.is_file() and not (here.is_file() and md5(here) == md5(file)):
                return str(here)
    return place


if __name__ == "__main__":
    stage.run("verify", main)
