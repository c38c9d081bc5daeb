"""`data/generated/samples.npz`: the generated samples as an array."""

import zipfile
from pathlib import Path

import numpy as np

from ganpkg.errors import UserError
from ganpkg.storage import atomic


def save_samples(samples: np.ndarray, path: str | Path) -> None:
    """Writes samples, (n, *sample) uint8, under the key `samples`."""
    with atomic(path) as temporary, temporary.open("wb") as file:
        np.savez(file, samples=samples)


def load_samples(path: str | Path) -> np.ndarray:
    """Reads what `save_samples` wrote.

    Raises:
        UserError: if the file is missing or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as content:
            return content["samples"]
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; `dvc repro generate` makes it") from None
    except (ValueError, EOFError, OSError, KeyError, AttributeError, zipfile.BadZipFile) as error:
        raise UserError(f"{path}: is damaged ({error}); `dvc repro generate` mends it") from None
