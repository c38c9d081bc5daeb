"""Kinds of data: images, rows of a table. Each has a file; no other code asks for the kind.

The prepared data stores its kind: `ganpkg.datasets.dataset.open_kind` returns the object.
"""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    import keras


class Kind(Protocol):
    """How data enters and leaves the networks, how it is drawn and how it is evaluated.

    A kind `signals` is a class `Signals(Kind)` in `signals.py`. Methods with a body here are
    optional. Stored samples are (n, *sample), either uint8, where 0 and 255 are -1 and 1 in the
    networks, or float32, which the networks use unchanged.

    Methods for pictures and evaluation import what they need themselves, so that training does not
    depend on it.
    """

    activation: str | None
    """The generator's last activation: `tanh` for values in [-1, 1], None for unbounded values."""
    values: str
    """The name of that layer in dense networks: what a sample consists of."""
    batch_normalization: bool
    """Whether the hidden layers of a dense generator use it."""
    progress_samples: int
    """The number of samples in a progress picture of an unconditional GAN."""

    def to_json(self) -> dict | None:
        """The argument of `from_json`: `kind`, the name of the file, and the class's arguments."""
        return {"kind": type(self).__name__.lower(), **vars(self)}

    @classmethod
    def from_json(cls, arguments: dict) -> "Kind":
        """Creates the kind from the result of `to_json` without `kind`."""
        return cls(**arguments)

    def to_networks(self, values):
        """Converts stored samples to network inputs: a float array or tensor of any shape to one
        of the same shape and dtype."""
        return values

    def from_networks(self, samples: np.ndarray) -> np.ndarray:
        """Converts a generator's outputs, (n, *sample) float, to stored samples."""
        return samples

    def to_user(self, samples: np.ndarray):
        """Converts stored samples to the form for users: an array, or a DataFrame in the table's
        units."""
        return samples

    def export(self, samples: np.ndarray, folder: str | Path) -> np.ndarray:
        """Writes a file for users into the folder, if the kind has a common file format.

        Returns:
            The samples as that file has them, in stored form. They are evaluated.
        """
        return samples

    def pictures(self, reals: np.ndarray, labels: np.ndarray, classes: list[str]):
        """Returns an object that draws the data, such as `ganpkg.sampling.pictures.Grids`. Its
        methods turn generated samples into a picture, (height, width, channels) uint8: `samples`;
        `real_and_generated`; `interpolations`, of ROWS paths through latent space with COLUMNS
        samples each; and `progress`, of the samples of `ganpkg.sampling.progress`.

        Args:
            reals: (n, *sample), the real samples.
            labels: (n,), their classes.
            classes: the names of the classes if the generator is conditional; otherwise empty.
        """

    def save_closest(
        self, folder: str | Path, copies: np.ndarray, originals: np.ndarray, distances: np.ndarray
    ) -> None:
        """Writes `closest.png`, copies above originals, or `closest.csv`.

        Args:
            copies: (n, *sample), generated samples.
            originals: (n, *sample), the training samples closest to them.
            distances: (n,), the distances between their features.
        """

    def feature_network(self, samples: np.ndarray) -> "keras.Model":
        """A model from network inputs, (batch, *sample), to its layer `features`, (batch, 64 or
        fewer). It uses no labels.

        Args:
            samples: (n, *sample), a part of the train split, to which it is scaled.
        """

    def classifier(self, sample_shape: tuple[int, ...], classes: int) -> "keras.Model":
        """An untrained model for labelled data, from network inputs, (batch, *sample), to logits,
        (batch, classes), with a layer `features`."""

    def to_rows(self, samples: np.ndarray) -> np.ndarray | None:
        """Converts stored samples to rows of numbers, (n, columns) float, of variance 1, for
        metrics that compare columns; None if the kind has no columns."""
        return None

    def mixture(self, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray, float] | None:
        """For a mixture of Gaussians with known centres: the samples, (n, d), the centres,
        (modes, d), and the standard deviation, in the same unit; None for other data."""
        return None


def from_json(content: dict | None) -> Kind:
    """Creates the kind from the result of `Kind.to_json`.

    For images this is None; for rows it does not contain `kind`.

    Raises:
        ValueError, TypeError or AttributeError: if there is no such kind, or the content is wrong.
    """
    arguments = {"kind": "images"} if content is None else {"kind": "rows", **content}
    name = arguments.pop("kind")
    try:
        module = importlib.import_module(f"{__name__}.{name}")
    except ModuleNotFoundError:
        raise ValueError(f"there is no kind {name!r}") from None
    return getattr(module, name.capitalize()).from_json(arguments)
