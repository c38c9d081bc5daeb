"""Labelled images of `keras.datasets`, from a file laid down by hand or a download."""

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
MOST_BYTES = 2_000_000_000  # of an array in a raw file: a small archive may hold a huge one
KEYS = ("x_train", "y_train", "x_test", "y_test")


class KerasDataset(Source):
    name: ClassVar[str]
    """In `keras.datasets`."""
    shape: ClassVar[tuple[int, ...]]
    """Of an image, as Keras gives it."""
    train_count: ClassVar[int]
    classes: ClassVar[list[str]]

    def load(self, split_seed, raw):
        """Its own test set, 10,000 images of its training set for validation, the rest to train.

        Reads `<raw>/<name>.npz` where that file lies, otherwise downloads through Keras.
        """
        file = raw / f"{self.name}.npz"
        arrays = _read(file) if file.exists() else _download(self.name)
        where = str(file) if file.exists() else self.name
        _check(arrays, where, self.shape, self.train_count, TEST)
        images = [part if part.ndim == 4 else part[..., None] for part in (arrays[0], arrays[2])]
        labels = [array.ravel() for array in (arrays[1], arrays[3])]
        train, valid = split_off(Split(images[0], labels[0]), VALID, split_seed)
        return Dataset(train, valid, Split(images[1], labels[1]), self.classes)


def _read(file: Path) -> list[np.ndarray]:
    try:
        with zipfile.ZipFile(file) as archive:
            for key in KEYS:
                size = archive.getinfo(f"{key}.npy").file_size
                if size > MOST_BYTES:
                    raise ValueError(f"{key} holds {size:,} bytes, more than {MOST_BYTES:,}")
        with np.load(file, allow_pickle=False) as content:
            return [content[key] for key in KEYS]
    except Exception as error:
        raise UserError(
            f"{file}: cannot be read as the .npz of keras.datasets.{file.stem} ({reason(error)});\n"
            f"expected the arrays {', '.join(KEYS)}"
        ) from None


def _check(arrays, where: str, shape: tuple[int, ...], train_count: int, test_count: int) -> None:
    for images, labels, count, of in (
        (*arrays[:2], train_count, "train"),
        (*arrays[2:], test_count, "test"),
    ):
        if images.shape != (count, *shape) or images.dtype != np.uint8:
            raise UserError(
                f"{where}: x_{of}: given {images.dtype} of shape {images.shape}, "
                f"expected uint8 of shape {(count, *shape)}"
            )
        right = labels.shape in ((count,), (count, 1)) and labels.dtype == np.uint8
        if not right or labels.max() > 9:
            raise UserError(
                f"{where}: y_{of}: given {labels.dtype} of shape {labels.shape}, "
                f"expected {count} labels 0 to 9, uint8"
            )


def _download(name: str) -> list[np.ndarray]:
    with quiet_stderr():  # importing Keras loads TensorFlow, which greets
        module = importlib.import_module(f"keras.datasets.{name}")
    try:
        (x_train, y_train), (x_test, y_test) = module.load_data()
    except Exception as error:  # urllib, http and Keras each raise their own
        raise UserError(
            f"{name}: the download failed: {reason(error)}\n"
            f"without a network, lay the file at data/raw/{name}.npz"
        ) from None
    return [x_train, y_train, x_test, y_test]
