"""The page: a template, filled with what the other stages have written."""

import base64
import json
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ganpkg.datasets.dataset import SPLITS, open_classes, open_split
from ganpkg.errors import UserError, reason
from ganpkg.report import curves, numbers
from ganpkg.storage import md5
from ganpkg.training.health import Warnings

MADE = {
    "data/prepared/train/samples.npy": "prepare",
    "data/prepared/valid/samples.npy": "prepare",
    "data/prepared/test/samples.npy": "prepare",
    "models/classifier.keras": "classifier",
    "models/generator.keras": "train",
    "models/discriminator.keras": "train",
    "data/generated/samples.npz": "generate",
}
PICTURES = {
    "reports/real_and_generated.png": "Real samples and generated ones",
    "reports/interpolations.png": "From one latent point to another, a way in each row",
}


def page(params) -> str:
    """The HTML of the experiment in the working directory, a function of its files alone.

    Raises:
        UserError: if a file is missing or damaged.
    """
    evaluation = _read("reports/evaluation.json")
    history = _read("reports/history.csv")
    progress = sorted(Path("reports/progress").iterdir())
    return _template().render(
        params=params,
        evaluation=evaluation,
        chosen=_chosen(history),
        warnings=_training_warnings(history) + numbers.alarms(evaluation),
        headline=numbers.headline(evaluation),
        groups=list(numbers.grouped(evaluation)),
        metrics=numbers.of_draws(evaluation),
        whole=list(numbers.of_whole(evaluation)),
        curves=list(curves.curves(history)),
        bars=_bars(evaluation),
        pictures={title: _data(path) for path, title in PICTURES.items()},
        progress={int(path.stem): _data(path) for path in progress},
        closest=_closest(),
        sizes={name: len(open_split(f"data/prepared/{name}").samples) for name in SPLITS},
        lineage=[(path, stage, md5(path)) for path, stage in MADE.items()],
    )


def _template():
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = number
    return environment.get_template("report.html.j2")


def number(value: float) -> str:
    """Four significant digits, or those before the point."""
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) < 1e-4:
        return f"{value:.1e}"
    return f"{value:,.4g}" if abs(value) < 9999.5 else f"{value:,.0f}"


def _training_warnings(history: pd.DataFrame) -> list[str]:
    warnings = Warnings()
    return [text for row in history.to_dict("records") for text in warnings.of(row)]


def _chosen(history: pd.DataFrame) -> int:
    """The step of the generator that is judged."""
    of = history if "chosen" not in history else history[history["chosen"] == 1]
    return int(of["step"].iloc[-1])


def _bars(evaluation: dict) -> dict[str, str]:
    """Title -> SVG of the numbers that every class has."""
    classes = list(open_classes("data/prepared"))
    of_classes = numbers.of_classes(evaluation).items()
    return {title: curves.bars(sets, classes) for title, sets in of_classes}


def _closest() -> dict:
    """The picture of the closest pairs, or their rows."""
    picture, table = Path("reports/closest/closest.png"), Path("reports/closest/closest.csv")
    if picture.exists():
        return {"picture": _data(picture)}
    rows = _read(table)
    return {"columns": list(rows), "rows": list(rows.itertuples(index=False))}


def _data(path: str | Path) -> str:
    return "data:image/png;base64," + base64.b64encode(Path(path).read_bytes()).decode()


def _read(path: str | Path):
    """What a `.json` or a `.csv` holds."""
    path = Path(path)
    try:
        return json.loads(path.read_text()) if path.suffix == ".json" else pd.read_csv(path)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; `dvc repro` makes it") from None
    except ValueError as error:
        raise UserError(f"{path}: is damaged ({reason(error)}); `dvc repro` mends it") from None
