"""Labelled images of `keras.datasets`, from a file in `data/raw` or a download."""

import importlib
import zipfile
from pathlib import Path
from typing import ClassVar

import numpy as np

from ganpkg.datasets.dataset import Dataset, Split, split_off
from ganpkg.datasets.source import Source
from ganpkg.errors import UserError, reason
from ganpkg.stage import quiet_stderr

VALID = TEST = 10_000
MAX_BYTES = 2_000_000_000  # of an array in a raw file; a small archive may hold a huge one
KEYS = ("x_train", "y_train", "x_test", "y_test")


class KerasDataset(Source):
    """By default, digits like those of MNIST."""

    name: ClassVar[str]
    """The module's name in `keras.datasets`."""
    shape: ClassVar[tuple[int, ...]] = (28, 28)
    """The shape of an image, as Keras returns it."""
    train_count: ClassVar[int] = 60_000
    classes: ClassVar[tuple[str, ...]] = tuple("0123456789")

    def load(self, split_seed, raw):
        """Reads `<raw>/<name>.npz` if it exists; otherwise Keras downloads the images.

        The test split is the dataset's own; 10,000 random images of its training set are for
        validation.
        """
        file = raw / f"{self.name}.npz"
        arrays = _read(file) if file.exists() else _download(self.name)
        where = str(file) if file.exists() else self.name
        both = _split(*arrays[:2], "train", self.train_count, self.shape, where)
        test = _split(*arrays[2:], "test", TEST, self.shape, where)
        return Dataset(*split_off(both, VALID, split_seed), test, self.classes)


def _read(file: Path) -> list[np.ndarray]:
    try:
        with zipfile.ZipFile(file) as archive:
            for key in KEYS:
                size = archive.getinfo(f"{key}.npy").file_size
                if size > MAX_BYTES:
                    raise ValueError(f"{key} holds {size:,} bytes, more than {MAX_BYTES:,}")
        with np.load(file, allow_pickle=False) as content:
            return [content[key] for key in KEYS]
    except Exception as error:
        raise UserError(
            f"{file}: cannot be read as the .npz of keras.datasets.{file.stem} ({reason(error)});\n"
            f"expected the arrays {', '.join(KEYS)}"
        ) from None


def _split(images, labels, name: str, count: int, shape: tuple[int, ...], where: str) -> Split:
    """Checks the arrays of a split; returns them with a channel axis and flat labels."""
    if images.shape != (count, *shape) or images.dtype != np.uint8:
        raise UserError(
            f"{where}: x_{name}: given {images.dtype} of shape {images.shape}, "
            f"expected uint8 of shape {(count, *shape)}"
        )
    right = labels.shape in ((count,), (count, 1)) and labels.dtype == np.uint8
    if not right or labels.max() > 9:
        raise UserError(
            f"{where}: y_{name}: given {labels.dtype} of shape {labels.shape}, "
            f"expected {count} labels 0 to 9, uint8"
        )
    return Split(images if images.ndim == 4 else images[..., None], labels.ravel())


def _download(name: str) -> list[np.ndarray]:
    with quiet_stderr():  # importing Keras loads TensorFlow, which prints a greeting
        module = importlib.import_module(f"keras.datasets.{name}")
    try:
        (x_train, y_train), (x_test, y_test) = module.load_data()
    except Exception as error:  # urllib, http and Keras raise different types
        raise UserError(
            f"{name}: the download failed: {reason(error)}\n"
            f"without a network, lay the file at data/raw/{name}.npz"
        ) from None
    return [x_train, y_train, x_test, y_test]
