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
from typing import Any

import yaml

from ganpkg import pictures, stage
from ganpkg.errors import UserError, reason
from ganpkg.params import changed, check, committed_params, read_values

FILE = Path(__file__).with_name("presets.yaml")
# Parameters that a preset does not set.
EXCLUDED = (
    "backend", "seed", "split_seed", "sample_seed", "deterministic", "portable", "threads",
    "precision", "engine", "init", "frozen_layers", "log_every", "picture_every", "num_samples",
)  # fmt: skip


def names() -> dict[str, str]:
    """Name -> description of every preset."""
    return {name: content["about"] for name, content in _read().items()}


def values(name: str, given: dict[str, Any] | None = None) -> dict[str, Any]:
    """A preset's parameters of data, networks and training, by their keys with sections.

    Parameters that it does not name have their committed values, whatever params.yaml says now.

    Args:
        given: parameters that have other values, by their keys with sections. Unknown keys are
            left to DVC.

    Raises:
        UserError: if there is no such preset, or if its parameters do not fit the others.
    """
    presets = _read()
    if name not in presets:
        close = difflib.get_close_matches(name, presets, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise UserError(f"unknown preset {name!r}, expected one of {', '.join(presets)}{hint}")
    now = read_values()
    others = committed_params().model_dump() | {key: now[key] for key in EXCLUDED if key in now}
    known = {key: value for key, value in (given or {}).items() if key in _flat(others)}
    try:
        params = check(changed(others, presets[name]["changes"] | known), name)
    except UserError as error:
        first, *_ = str(error).splitlines()
        raise UserError(
            f"{first}\nwhat a preset does not set stays as it is; `-S key=value` changes it"
        ) from None
    return {key: value for key, value in params.effective().items() if key not in EXCLUDED}


def _read() -> dict:
    return yaml.safe_load(FILE.read_text())


def _flat(values: dict[str, Any], start: str = "") -> dict[str, Any]:
    """Values, some of them sections, by their keys with sections."""
    flat = {}
    for key, value in values.items():
        inner = isinstance(value, dict)
        flat |= _flat(value, f"{start}{key}.") if inner else {f"{start}{key}": value}
    return flat


def grid(options: list[str]) -> list[dict[str, Any]]:
    """What options of `dvc exp run` set in params.yaml, by keys with sections.

    Returns:
        One dict, or one for each experiment of a grid.

    Raises:
        UserError: if a setting cannot be read.
        SystemExit: if DVC does not know an option, which it says, or is asked for help.
    """
    from dvc.cli.parser import DvcParserError, get_main_parser
    from dvc.exceptions import DvcException
    from dvc.utils.cli_parse import to_path_overrides
    from dvc.utils.hydra import get_hydra_sweeps, to_hydra_overrides
    from hydra.errors import HydraException

    try:
        texts = get_main_parser().parse_args(["exp", "run", *options]).set_param or []
        experiments = get_hydra_sweeps(to_path_overrides(texts))
        overrides = [to_hydra_overrides(each.get("params.yaml", [])) for each in experiments]
    except DvcParserError:
        sys.exit(2)
    except (DvcException, HydraException) as error:
        raise UserError(f"-S: {reason(error)}") from None
    return [_flat({own.key_or_group: own.value() for own in each}) for each in overrides]


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
    experiments = [(values(name, given), given) for given in grid(options)]
    parameters = {key: value for each, _ in experiments for key, value in each.items()}
    if name == "pictures":
        seen = pictures.look(Path("data/raw/folder"))
        choices, lines = zip(*(pictures.choose(seen, *each) for each in experiments))
        if any(chosen != choices[0] for chosen in choices):
            raise UserError(
                "batch_size: given several values, expected one, since epochs follow from it; "
                "or set epochs, too"
            )
        parameters |= choices[0]
        print(*dict.fromkeys(lines), sep="\n", flush=True)
    settings = [f"--set-param={key}={value}" for key, value in parameters.items()]
    # Later settings win, so options can override the preset.
    command = [sys.executable, "-m", "dvc", "exp", "run", *settings, *options]
    os.execv(sys.executable, command)


if __name__ == "__main__":
    stage.run("preset", main, takes_arguments=True)
