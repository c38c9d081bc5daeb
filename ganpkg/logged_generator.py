"""The generator as an MLflow model, from latent points to samples in the units of the data.

MLflow keeps the model with a copy of this package, and runs this file when it loads the model:

    model = mlflow.pyfunc.load_model("runs:/<run>/generator")
    model.predict(np.random.normal(size=(16, 32)))
    model.predict({"points": points, "class": "cat"})  # if the GAN is conditional
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
from ganpkg.labels import append_codes
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
            model_input: latent points, (n, latent_dim): an array, lists or a DataFrame. For a
                conditional GAN, a DataFrame with one more column, `class`, or a dict of `points`
                and `class`. A class is a name (text) or a number; there is one for all points, or
                one for each.

        Returns:
            The result of `Kind.to_user`: for images (n, height, width, channels) uint8 pixels,
            for rows a DataFrame in the table's units.

        Raises:
            ValueError: if the input is none of these, or has another size.
        """
        points, classes = _points_and_classes(model_input)
        points = np.asarray(points, np.float32)
        if points.ndim != 2 or points.shape[1] != self.latent_dim or not len(points):
            raise ValueError(
                f"given points of shape {points.shape}, expected (n, {self.latent_dim})"
            )
        if classes is None and self.classes:
            raise ValueError(f"expected a class, one of {', '.join(self.classes)}")
        if classes is not None and not self.classes:
            raise ValueError("given a class, but this generator knows none")
        if self.classes:
            points = append_codes(points, self._labels(classes, len(points)), len(self.classes))
        return self.kind.to_user(latents.generate(self.generator, points, self.kind))

    def _labels(self, classes, count: int) -> np.ndarray:
        labels = []
        for name in [classes] if isinstance(classes, str) or np.ndim(classes) == 0 else classes:
            valid = self.classes if isinstance(name, str) else range(len(self.classes))
            if name not in valid:
                raise ValueError(
                    f"given the class {name!r}, expected one of {', '.join(self.classes)}"
                )
            labels.append(valid.index(name))
        if len(labels) not in (1, count):
            raise ValueError(f"given {len(labels)} classes for {count} points")
        return np.resize(labels, count)


def _points_and_classes(model_input) -> tuple:
    if isinstance(model_input, pd.DataFrame) and CLASS in model_input:
        return model_input.drop(columns=CLASS), model_input[CLASS]
    if isinstance(model_input, Mapping):
        if not {"points"} <= model_input.keys() <= {"points", CLASS}:
            raise ValueError(f"given {', '.join(model_input)}, expected points and {CLASS}")
        return model_input["points"], model_input.get(CLASS)
    return model_input, None


set_model(LoggedGenerator())
