"""Kinds of data: images, rows of a table. Each has a file; no code elsewhere asks which it is.

The prepared data says of which kind it is: `ganpkg.datasets.dataset.open_kind` gives the object.
"""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    import keras


class Kind(Protocol):
    """How data enters and leaves the networks, is drawn and is evaluated.

    A kind `signals` is a class `Signals`, derived from this one, in `signals.py`. It may do without
    the methods that return something here. Stored samples are (n, *sample): uint8, of which 0 and
    255 are -1 and 1 to the networks, or float32, the same numbers as in the networks.

    Methods that draw or evaluate import what they need themselves: training needs none of it.
    """

    activation: str | None
    """Of the generator's last layer: `tanh` if values lie in [-1, 1], None if anywhere."""
    values: str
    """The name of that layer in dense networks: what a sample consists of."""
    batch_normalization: bool
    """Whether hidden layers of a dense generator have it."""
    progress_samples: int
    """How many samples a picture of the progress takes, without classes asked for."""

    def to_json(self) -> dict | None:
        """What `from_json` reads: `kind`, the name of the file, and the class's arguments."""
        return {"kind": type(self).__name__.lower(), **vars(self)}

    @classmethod
    def from_json(cls, facts: dict) -> "Kind":
        """The object that has these facts, those of `to_json` without `kind`."""
        return cls(**facts)

    def to_networks(self, values):
        """Stored samples as the networks see them: a float array or tensor of any shape to one
        of the same shape and dtype."""

    def from_networks(self, samples: np.ndarray) -> np.ndarray:
        """A generator's output, (n, *sample) float, as samples are stored."""

    def finished(self, samples: np.ndarray):
        """Stored samples in the form that people use: an array, or a DataFrame in its units."""
        return samples

    def export(self, samples: np.ndarray, folder: str | Path) -> np.ndarray:
        """Writes a file for people into the folder, if there is a usual one.

        Returns:
            The samples as that file has them, stored as before: they are what is judged.
        """
        return samples

    def pictures(self, reals: np.ndarray, labels: np.ndarray, classes: list[str]):
        """The `ganpkg.sampling.pictures.Pictures` of the data.

        Args:
            reals: (n, *sample), the real samples; `labels`, (n,), are their classes.
            classes: their names, if a class is asked of the generator; otherwise none.
        """

    def save_closest(
        self, folder: str | Path, copies: np.ndarray, originals: np.ndarray, distances: np.ndarray
    ) -> None:
        """Writes `closest.png`, copies above and originals below, or `closest.csv`.

        Args:
            copies, originals: (n, *sample), generated and of the train split.
            distances: (n,) between their features.
        """

    def feature_network(self, samples: np.ndarray) -> "keras.Model":
        """Maps (batch, *sample), as the networks see it, to the layer `features`, (batch, 64 or
        fewer), without labels.

        Args:
            samples: (n, *sample), some of the train split, to which it is scaled.
        """

    def classifier(self, sample_shape: tuple[int, ...], classes: int) -> "keras.Model":
        """Untrained, for data with labels: maps (batch, *sample), as the networks see it, to
        logits (batch, classes) through a layer `features`."""

    def rows(self, samples: np.ndarray) -> np.ndarray | None:
        """(n, columns) float: the samples as rows of numbers of variance 1, for the metrics that
        compare columns; None where columns mean nothing."""
        return None

    def mixture(self, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray, float] | None:
        """Of a mixture of Gaussians: the samples, (n, d), the centres, (modes, d), and the
        standard deviation, in one unit; None if the data is none, or its centres unknown."""
        return None


def from_json(content: dict | None) -> Kind:
    """The kind that `Kind.to_json` describes.

    Images have no facts, and the facts of rows no name.

    Raises:
        ValueError, TypeError or AttributeError: if there is no such kind, or its facts are wrong.
    """
    facts = {"kind": "images"} if content is None else {"kind": "rows", **content}
    name = facts.pop("kind")
    try:
        module = importlib.import_module(f"{__name__}.{name}")
    except ModuleNotFoundError:
        raise ValueError(f"there is no kind {name!r}") from None
    return getattr(module, name.capitalize()).from_json(facts)
