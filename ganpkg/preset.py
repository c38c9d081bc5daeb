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

from ganpkg import pictures, stage
from ganpkg.errors import UserError
from ganpkg.params import committed_params

FILE = Path(__file__).with_name("presets.yaml")
# Parameters that a preset does not set.
EXCLUDED = (
    "backend", "seed", "split_seed", "sample_seed", "deterministic", "portable", "threads",
    "precision", "engine", "init", "frozen_layers", "log_every", "picture_every", "num_samples",
)  # fmt: skip


def names() -> dict[str, str]:
    """Name -> description of every preset."""
    return {name: content["about"] for name, content in _read().items()}


def values(name: str) -> dict:
    """A preset's parameters of data, networks and training, by their keys with sections.

    Parameters that it does not name have their committed values, whatever params.yaml says now.
    """
    presets = _read()
    if name not in presets:
        close = difflib.get_close_matches(name, presets, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise UserError(f"unknown preset {name!r}, expected one of {', '.join(presets)}{hint}")
    params = committed_params().changed(presets[name]["changes"])
    return {key: value for key, value in params.effective().items() if key not in EXCLUDED}


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
    parameters = values(name)
    if name == "pictures":
        chosen, why = pictures.choose(Path("data/raw/folder"), parameters["batch_size"])
        parameters |= chosen
        print(why, flush=True)
    settings = [f"--set-param={key}={value}" for key, value in parameters.items()]
    # Later settings win, so options can override the preset.
    command = [sys.executable, "-m", "dvc", "exp", "run", *settings, *options]
    os.execv(sys.executable, command)


if __name__ == "__main__":
    stage.run("preset", main, takes_arguments=True)
