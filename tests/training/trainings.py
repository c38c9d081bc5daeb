"""Every kind of training, in short, and the md5s of all that comes of it.

    python -m tests.training.trainings PREPARED CLASSIFIER

The data is that of the digits. Prints a JSON object, name -> md5s. `test_bytes.py` compares two
such processes.
"""

import json
import sys
import tempfile
from itertools import product
from pathlib import Path
from typing import get_args

import pandas as pd
from pydantic import ValidationError

from ganpkg import backend, storage
from ganpkg.datasets.dataset import open_split
from ganpkg.evaluation import metrics, table
from ganpkg.evaluation.embedded import embedding
from ganpkg.labels import attached
from ganpkg.params import Params, read_params
from ganpkg.randomness import Purpose
from ganpkg.sampling import latents
from ganpkg.training import build, loop
from ganpkg.training.selection import BestFid

SMALL = {
    "generator_units": [16, 24], "discriminator_units": [24, 16], "filters": 8, "latent_dim": 8,
    "batch_size": 16, "epochs": 1, "log_every": 5,
}  # fmt: skip
SAMPLES = 120
CLASSES = 10
OPTIONS = {
    "conditional": {"conditional": True},
    "moving average, best FID": {"ema_decay": 0.9, "select": "best_fid"},
    "R1, smooth labels": {"r1": 1.0, "label_smoothing": 0.1, "update": "joint"},
    "shuffled, two steps": {"sampling": "epoch", "discriminator_steps": 2, "noise": "uniform"},
    "sgd, rmsprop": {
        "generator_optimizer": "sgd", "generator_momentum_rise": 0.2,
        "discriminator_optimizer": "rmsprop", "discriminator_learning_rate_decay": 1.001,
    },
    "textbook": {"engine": "textbook"},
}  # fmt: skip


def trainings() -> dict[str, dict]:
    """Name -> changes to params.yaml: all that ships and fits together."""
    shipped = read_params().model_dump()
    fields = Params.model_fields
    kinds = [get_args(fields[key].annotation) for key in ("architecture", "objective", "update")]
    found = {}
    for architecture, objective, update in product(*kinds):
        changes = {"architecture": architecture, "objective": objective, "update": update}
        try:
            Params(**{**shipped, **SMALL, **changes})
        except ValidationError:
            continue
        found[f"{architecture}, {objective}, {update}"] = changes
    return found | OPTIONS


def md5s(params, train, valid, test, classifier, folder: Path) -> dict[str, str]:
    backend.make_deterministic(params.seed)
    classes = CLASSES if params.conditional else 0
    gan = build.gan(params, train.samples, classes)
    feed = build.feed(params, *train, classes)
    rows = []
    selection = None
    if params.select == "best_fid":
        selection = BestFid(gan, classifier, valid, params, classes)
    logged = loop.logging_steps(params, len(train.samples))
    for row in loop.train(build.engine(params, gan, feed), feed, logged):
        if selection:
            selection.consider(row)
        rows.append(row)
    if selection:
        selection.restore()
    storage.save_model(gan.sampler, folder / "generator.keras")
    storage.save_model(gan.discriminator, folder / "discriminator.keras")
    pd.DataFrame(rows).to_csv(folder / "history.csv")
    points = latents.draw(0, Purpose.SAMPLE_LATENTS, params.noise, SAMPLES, params.latent_dim)
    labels = test.labels[:SAMPLES] if classes else None
    if classes:
        points = attached(points, labels, classes)
    samples = latents.generate(gan.sampler, points)
    (folder / "samples").write_bytes(samples.tobytes())
    embed = embedding(classifier, gan.discriminator, gan.objective)
    values = metrics.judge(embed(*test.drawn(SAMPLES)), embed(samples, labels))
    numbers = {name: table.number(value) for name, value in values.items()}
    storage.write_json(folder / "metrics.json", numbers)
    return {file.name: storage.md5(file) for file in sorted(folder.iterdir())}


def main(prepared: str, classifier: str) -> None:
    splits = [open_split(Path(prepared, name)) for name in ("train", "valid", "test")]
    shipped, network = read_params().model_dump(), storage.load_model(classifier)
    found = {}
    for name, changes in trainings().items():
        with tempfile.TemporaryDirectory() as folder:
            params = Params(**{**shipped, **SMALL, **changes})
            found[name] = md5s(params, *splits, network, Path(folder))
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
