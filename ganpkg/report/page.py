"""The report: a template filled with the outputs of the other stages."""

import base64
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ganpkg.datasets.dataset import SPLITS, open_classes, open_split
from ganpkg.evaluation.metrics import SET_METRICS, SPLIT_METRICS
from ganpkg.kinds.images import Images
from ganpkg.report import charts, results
from ganpkg.sampling import grids
from ganpkg.storage import md5, read_errors
from ganpkg.training.augmentation import NUMBERS, Augmenter
from ganpkg.training.health import Warnings

STAGES = {
    "data/prepared/train/samples.npy": "prepare",
    "data/prepared/valid/samples.npy": "prepare",
    "data/prepared/test/samples.npy": "prepare",
    "models/classifier.keras": "classifier",
    "models/generator.keras": "train",
    "models/discriminator.keras": "train",
    "data/generated/samples.npz": "generate",
}
PICTURES = {
    "reports/real_and_generated.png": "Real and generated samples",
    "reports/interpolations.png": "Interpolation between two latent points in each row",
}
MAX_AUGMENTED = 8  # samples in the picture of augmentation


def render(params) -> str:
    """The HTML report of the experiment in the working directory, a function of its files only.

    Raises:
        UserError: if a file is missing or damaged.
    """
    evaluation, history = _read("reports/evaluation.json"), _read("reports/history.csv")
    classes = list(open_classes("data/prepared"))
    chosen = history[history["chosen"] == 1] if "chosen" in history else history
    health = Warnings()
    warnings = [text for row in history.to_dict("records") for text in health.of(row)]
    progress = sorted(Path("reports/progress").iterdir())
    closest = Path("reports/closest/closest.png")
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "positions": results.positions}
    return environment.get_template("report.html.j2").render(
        params=params,
        evaluation=evaluation,
        chosen=int(chosen["step"].iloc[-1]),
        warnings=warnings + results.alarms(evaluation),
        headline=results.headline(evaluation),
        groups=list(results.groups(evaluation)),
        metrics=[m for m in SET_METRICS if any(map(m.describes, evaluation["numbers"]))],
        split_metrics=[m for m in SPLIT_METRICS if m.name in evaluation],
        curves=list(charts.curves(history)),
        bars={
            title: charts.bars(sets, classes)
            for title, sets in results.class_numbers(evaluation).items()
        },
        pictures={title: _data(path) for path, title in PICTURES.items()},
        augmented=_augmented(params, history),
        progress={int(path.stem): _data(path) for path in progress},
        closest_picture=_data(closest) if closest.exists() else None,
        closest_rows=None if closest.exists() else _read(closest.with_suffix(".csv")),
        sizes={name: len(open_split(f"data/prepared/{name}").samples) for name in SPLITS},
        lineage=[(path, stage, md5(path)) for path, stage in STAGES.items()],
    )


def number(value: float) -> str:
    """Formats a number with four significant digits, or all digits before the decimal point."""
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) < 1e-4:
        return f"{value:.1e}"
    return f"{value:,.4g}" if abs(value) < 9999.5 else f"{value:,.0f}"


def _augmented(params, history: pd.DataFrame) -> str | None:
    """Real samples, and below them what the discriminator was shown of them at the end; None if
    augmentation is off."""
    if not params.augmentation.on:
        return None
    changes = {"strength": float(history["augmentation"].iloc[-1]), "adapt_over": 0}
    kind, reals = Images(), open_split("data/prepared/train").samples[:MAX_AUGMENTED]
    augment = Augmenter(params.augmentation.model_copy(update=changes), reals.shape[1:])
    numbers = np.random.default_rng(0).random((len(reals), NUMBERS), dtype=np.float32)
    shown = np.asarray(augment(kind.to_networks(reals.astype(np.float32)), numbers))
    rows = np.concatenate([reals, kind.from_networks(shown)])
    png = io.BytesIO()
    grids.to_image(grids.grid(rows, len(reals))).save(png, format="PNG")
    return _source(png.getvalue())


def _data(path: str | Path) -> str:
    return _source(Path(path).read_bytes())


def _source(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()


def _read(path: str | Path):
    """Reads a `.json` or `.csv` file."""
    path = Path(path)
    with read_errors(path):
        return json.loads(path.read_text()) if path.suffix == ".json" else pd.read_csv(path)
