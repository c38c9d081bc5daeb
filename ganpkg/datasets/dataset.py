"""What every source gives and every stage reads: labelled samples in three splits."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from ganpkg.errors import UserError
from ganpkg.storage import atomic


class Split(NamedTuple):
    samples: np.ndarray
    """(n, height, width, channels), uint8."""
    labels: np.ndarray
    """(n,), unsigned: the class, 0 ... classes - 1; all 0 where there are no labels."""


class Dataset(NamedTuple):
    """Three disjoint splits. Training sees `train` alone."""

    train: Split
    valid: Split
    test: Split


def split_off(split: Split, count: int, seed: int) -> tuple[Split, Split]:
    """Splits off `count` samples at random: (rest, those).

    Not by class: two sets with equal shares of every class would be more alike than
    independent draws are, and no generator could reach such a control.
    """
    from sklearn.model_selection import train_test_split

    rest, those, rest_labels, those_labels = train_test_split(
        *split, test_size=count, random_state=seed
    )
    return Split(rest, rest_labels), Split(those, those_labels)


def save(dataset: Dataset, folder: str | Path) -> None:
    """Writes `<folder>/<split>/samples.npy` and `labels.npy`."""
    for name, split in dataset._asdict().items():
        for part, array in split._asdict().items():
            with atomic(Path(folder, name, f"{part}.npy")) as path, path.open("wb") as file:
                np.save(file, np.ascontiguousarray(array), allow_pickle=False)


def open_split(folder: str | Path) -> Split:
    """Opens a split, memory-mapped."""
    return Split(*(_open(Path(folder, f"{part}.npy")) for part in Split._fields))


def _open(path: Path) -> np.ndarray:
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; `dvc repro prepare` makes it") from None
    except (ValueError, EOFError) as error:
        raise UserError(f"{path}: is damaged ({error}); `dvc repro prepare` mends it") from None
