"""MNIST: 70,000 handwritten digits of 28x28 pixels (LeCun, Cortes & Burges, 1998)."""

import zipfile
from pathlib import Path

import numpy as np

from ganpkg.datasets.dataset import Dataset, Split, split_off
from ganpkg.errors import UserError
from ganpkg.stage import quiet_stderr

VALID = 10_000
KEYS = ("x_train", "y_train", "x_test", "y_test")


def load(split_seed: int, raw: Path) -> Dataset:
    """50,000 training images, 10,000 of MNIST's training set for validation, its own test set.

    Reads `<raw>/mnist.npz` where that file lies, otherwise downloads through Keras.
    """
    file = raw / "mnist.npz"
    x_train, y_train, x_test, y_test = _read(file) if file.exists() else _download()
    train, valid = split_off(Split(x_train[..., None], y_train), VALID, split_seed)
    return Dataset(train, valid, Split(x_test[..., None], y_test))


def _read(file: Path) -> list[np.ndarray]:
    try:
        with np.load(file, allow_pickle=False) as content:
            arrays = [content[key] for key in KEYS]
    except (ValueError, EOFError, OSError, KeyError, AttributeError, zipfile.BadZipFile) as error:
        reason = " ".join(str(error).split())[:100]
        raise UserError(
            f"{file}: cannot be read as the .npz of keras.datasets.mnist ({reason});\n"
            f"expected the arrays {', '.join(KEYS)}"
        ) from None
    for images, labels, count, of in (
        (*arrays[:2], 60_000, "train"),
        (*arrays[2:], 10_000, "test"),
    ):
        right = images.shape == (count, 28, 28) and images.dtype == np.uint8
        if not right:
            raise UserError(
                f"{file}: x_{of}: given {images.dtype} of shape {images.shape}, "
                f"expected uint8 of shape ({count}, 28, 28)"
            )
        if labels.shape != (count,) or labels.dtype != np.uint8 or labels.max() > 9:
            raise UserError(
                f"{file}: y_{of}: given {labels.dtype} of shape {labels.shape}, "
                f"expected {count} labels 0 to 9, uint8"
            )
    return arrays


def _download() -> list[np.ndarray]:
    with quiet_stderr():  # importing Keras loads TensorFlow, which greets
        from keras.datasets import mnist

    try:
        (x_train, y_train), (x_test, y_test) = mnist.load_data()
    except Exception as error:  # urllib, http and Keras each raise their own
        raise UserError(
            f"mnist: the download failed: {' '.join(str(error).split())[:160]}\n"
            "without a network, lay the file at data/raw/mnist.npz"
        ) from None
    return [x_train, y_train, x_test, y_test]
