"""What every source gives and every stage reads: samples in three splits."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ganpkg import kinds
from ganpkg.errors import UserError, reason
from ganpkg.kinds import Kind
from ganpkg.kinds.images import Images
from ganpkg.kinds.rows import Rows
from ganpkg.kinds.table import Table
from ganpkg.storage import atomic, write_json

SPLITS = ("train", "valid", "test")
LEAST = 100  # of a user's own samples; with fewer, nothing could be evaluated
SHARE, LEAST_SHARE = 10, 30  # a tenth of them each for validation and test, or so many


class Split(NamedTuple):
    samples: np.ndarray
    """(n, *sample), as the kind of data stores them."""
    labels: np.ndarray
    """(n,), unsigned: the class, by its place in `Dataset.classes`; all 0 where there are none."""

    def random_subset(self, count: int) -> "Split":
        """Returns `count` random samples in random order, the same in each call.

        Datasets have an order: different people wrote the first half of MNIST's test set.
        """
        chosen = np.random.default_rng(0).permutation(len(self.samples))[:count]
        return Split(self.samples[chosen], None if self.labels is None else self.labels[chosen])


class Dataset(NamedTuple):
    """Three disjoint splits. Training sees `train` alone."""

    train: Split
    valid: Split
    test: Split
    classes: Sequence[str] = ()
    """Their names, at least two; none where there are no labels."""
    kind: Kind = Images()
    """How all of its samples are stored, drawn and evaluated."""

    @property
    def splits(self) -> dict[str, Split]:
        return {name: getattr(self, name) for name in SPLITS}


def of_rows(columns: list[str], train, valid, test, **about) -> Dataset:
    """Splits of unlabelled rows, (n, columns) float64, as the `Table` of `train` scales them.

    Args:
        about: what else `Table.from_rows` takes.
    """
    table = Table.from_rows(columns, train, **about)
    splits = [
        Split(table.scale(rows), np.zeros(len(rows), np.uint8)) for rows in (train, valid, test)
    ]
    return Dataset(*splits, kind=Rows(table))


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


def own_share(count: int) -> int:
    """How many of a user's own samples are for validation, and as many for test."""
    return max(LEAST_SHARE, count // SHARE)


def split_in_three(split: Split, count: int, seed: int) -> tuple[Split, Split, Split]:
    """Train, valid and test: `count` samples at random for each of the last two."""
    rest, test = split_off(split, count, seed)
    return *split_off(rest, count, seed), test


def save(dataset: Dataset, folder: str | Path) -> None:
    """Writes `<folder>/<split>/samples.npy` and `labels.npy`, `<folder>/table.json`, which says
    of which kind they are, and `<folder>/classes.json`: the names of the classes, in order, with
    their samples to train."""
    for name, split in dataset.splits.items():
        for part, array in split._asdict().items():
            with atomic(Path(folder, name, f"{part}.npy")) as path, path.open("wb") as file:
                np.save(file, np.ascontiguousarray(array), allow_pickle=False)
    write_json(Path(folder, "table.json"), dataset.kind.to_json())
    counts = [int((dataset.train.labels == label).sum()) for label in range(len(dataset.classes))]
    write_json(Path(folder, "classes.json"), dict(zip(dataset.classes, counts)))


def open_split(folder: str | Path) -> Split:
    """Opens a split, memory-mapped."""
    return Split(*(_open(Path(folder, f"{part}.npy")) for part in Split._fields))


def open_kind(folder: str | Path) -> Kind:
    """Of which kind the samples are."""
    return _read(Path(folder, "table.json"), kinds.from_json)


def open_classes(folder: str | Path) -> dict[str, int]:
    """The names of the classes, in the order of their labels, with how many samples of each train;
    empty where there are no labels."""
    return _read(Path(folder, "classes.json"), lambda content: dict(content.items()))


def _read(path: Path, made: Callable):
    """What is made of a JSON file's content."""
    try:
        return made(json.loads(path.read_text()))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; `dvc repro prepare` makes it") from None
    except (ValueError, TypeError, AttributeError) as error:
        raise UserError(
            f"{path}: is damaged ({reason(error)}); `dvc repro prepare` mends it"
        ) from None


def _open(path: Path) -> np.ndarray:
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; `dvc repro prepare` makes it") from None
    except Exception as error:
        raise UserError(
            f"{path}: is damaged ({reason(error)}); `dvc repro prepare` mends it"
        ) from None
