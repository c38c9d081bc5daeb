"""Published configurations by name, run as ordinary DVC experiments.

python -m ganpkg.preset                               lists them
python -m ganpkg.preset wgan-mnist                    runs one: `dvc exp run -S key=value ...`
python -m ganpkg.preset wgan-mnist -S seed=1 --queue  with further options of `dvc exp run`
"""

import difflib
import importlib.util
import os
import sys
from pathlib import Path

import yaml

from ganpkg import stage
from ganpkg.errors import UserError

FILE = Path(__file__).with_name("presets.yaml")


def names() -> dict[str, str]:
    """What each preset is."""
    return {name: preset["about"] for name, preset in _read()["presets"].items()}


def values(name: str) -> dict:
    """All of a preset's parameters: data, networks and training, without seeds and engine."""
    content = _read()
    if name not in content["presets"]:
        close = difflib.get_close_matches(name, content["presets"], n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise UserError(
            f"unknown preset {name!r}, expected one of {', '.join(content['presets'])}{hint}"
        )
    return {**content["base"], **content["presets"][name]["changes"]}


def defaults() -> dict:
    """All parameters, as params.yaml ships them."""
    content = _read()
    return {**content["base"], **content["left"]}


def _read() -> dict:
    return yaml.safe_load(FILE.read_text())


def main():
    if len(sys.argv) == 1:
        for name, about in names().items():
            print(f"{name:26s} {about}")
        return
    name, *options = sys.argv[1:]
    if importlib.util.find_spec("dvc") is None:
        raise UserError(
            f"{sys.executable}: DVC is not installed there; use the environment of `make repro`"
        )
    settings = [f"--set-param={key}={value}" for key, value in values(name).items()]
    # Later settings win, so that options can change what the preset says.
    command = [sys.executable, "-m", "dvc", "exp", "run", *settings, *options]
    os.execv(sys.executable, command)


if __name__ == "__main__":
    stage.run("preset", main, takes_arguments=True)
