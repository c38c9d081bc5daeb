"""The generator as MLflow keeps it: from latent points to finished samples.

MLflow runs this file when it loads the model, which it keeps with a copy of this package:

    model = mlflow.pyfunc.load_model("runs:/<run>/generator")
    model.predict(np.random.normal(size=(16, 32)))
    model.predict({"points": points, "class": "cat"})  # of a conditional GAN
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel

from ganpkg import storage
from ganpkg.datasets.dataset import open_classes, open_kind
from ganpkg.labels import attached
from ganpkg.sampling import latents

CLASS = "class"


class LoggedGenerator(PythonModel):
    def load_context(self, context) -> None:
        files = context.artifacts
        environment = json.loads(Path(files["environment"]).read_text())
        os.environ.setdefault("KERAS_BACKEND", environment["keras backend"])
        self.generator = storage.load_model(files["generator"])
        folder = Path(files["table"]).parent
        self.kind = open_kind(folder)
        self.classes = list(open_classes(folder)) if "classes" in files else []
        self.latent_dim = self.generator.input_shape[1] - len(self.classes)

    def predict(self, context, model_input: np.ndarray, params=None):
        """Generates a sample from each latent point.

        Args:
            model_input: (n, latent_dim) numbers: an array, or lists or a DataFrame. For a
                conditional GAN a DataFrame with one more column, `class`, or a dict of `points`
                and `class`. A class is a name (text) or a number, for all points or for each.

        Returns:
            What `Kind.to_user` gives: of images (n, height, width, channels) uint8 pixels, of rows
            a DataFrame in the table's units.

        Raises:
            ValueError: if the input is none of these, or of another size.
        """
        points, asked = _points_and_classes(model_input)
        points = np.asarray(points, np.float32)
        if points.ndim != 2 or points.shape[1] != self.latent_dim or not len(points):
            raise ValueError(
                f"given points of shape {points.shape}, expected (n, {self.latent_dim})"
            )
        if (asked is not None) != bool(self.classes):
            raise ValueError(
                f"expected a class, one of {', '.join(self.classes)}"
                if self.classes
                else "given a class, but this generator knows none"
            )
        if self.classes:
            points = attached(points, self._labels(asked, len(points)), len(self.classes))
        return self.kind.to_user(latents.generate(self.generator, points, self.kind))

    def _labels(self, asked, count: int) -> np.ndarray:
        asked = [asked] if isinstance(asked, str) or np.ndim(asked) == 0 else list(asked)
        labels = np.array([self._label(one) for one in asked])
        if len(labels) not in (1, count):
            raise ValueError(f"given {len(labels)} classes for {count} points")
        return np.resize(labels, count)

    def _label(self, asked) -> int:
        known = self.classes if isinstance(asked, str) else range(len(self.classes))
        if asked not in known:
            raise ValueError(
                f"given the class {asked!r}, expected one of {', '.join(self.classes)}"
            )
        return known.index(asked)


def _points_and_classes(given) -> tuple:
    if isinstance(given, pd.DataFrame) and CLASS in given:
        return given.drop(columns=CLASS), given[CLASS]
    if isinstance(given, Mapping):
        if not {"points"} <= given.keys() <= {"points", CLASS}:
            raise ValueError(f"given {', '.join(given)}, expected points and {CLASS}")
        return given["points"], given.get(CLASS)
    return given, None


set_model(LoggedGenerator())
