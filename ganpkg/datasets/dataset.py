"""The data that every source loads and every stage reads: samples in three splits."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ganpkg import kinds
from ganpkg.kinds import Kind
from ganpkg.kinds.images import Images
from ganpkg.storage import atomic, read_errors, write_json

SPLITS = ("train", "valid", "test")
MIN_SAMPLES = 100  # of a user's own; fewer could not be evaluated
MIN_HELD_OUT = 30  # of a user's own samples, in each of valid and test


class Split(NamedTuple):
    samples: np.ndarray
    """(n, *sample), as the kind of data stores them."""
    labels: np.ndarray | None
    """(n,), unsigned: each sample's class, as its index in `Dataset.classes`; all 0 without
    classes. Of generated samples: the classes that were asked for, if any."""

    def random_subset(self, count: int) -> "Split":
        """Returns `count` random samples in random order, the same in each call.

        Datasets have an order: different people wrote the first half of MNIST's test set.
        """
        chosen = np.random.default_rng(0).permutation(len(self.samples))[:count]
        return Split(self.samples[chosen], None if self.labels is None else self.labels[chosen])


class Dataset(NamedTuple):
    """Three disjoint splits. Training uses `train` only."""

    train: Split
    valid: Split
    test: Split
    classes: Sequence[str] = ()
    """The names of the classes, at least two; empty if the samples have no labels."""
    kind: Kind = Images()
    """How all samples are stored, drawn and evaluated."""

    @property
    def splits(self) -> dict[str, Split]:
        return {name: getattr(self, name) for name in SPLITS}


def split_off(split: Split, count: int, seed: int) -> tuple[Split, Split]:
    """Holds out `count` samples at random; returns the rest and the held-out samples.

    The split is not stratified by class. Two sets with equal fractions of every class would be more
    alike than independent draws, and no generator could match such a control.
    """
    from sklearn.model_selection import train_test_split

    rest, held_out, rest_labels, held_out_labels = train_test_split(
        *split, test_size=count, random_state=seed
    )
    return Split(rest, rest_labels), Split(held_out, held_out_labels)


def held_out_size(count: int) -> int:
    """How many of `count` samples of a user's own go to valid, and how many to test."""
    return max(MIN_HELD_OUT, count // 10)


def split_in_three(split: Split, count: int, seed: int) -> tuple[Split, Split, Split]:
    """Train, valid and test, with `count` samples at random in each of the last two."""
    rest, test = split_off(split, count, seed)
    return *split_off(rest, count, seed), test


def save(data: Dataset, folder: str | Path) -> None:
    """Writes a dataset.

    `<split>/samples.npy` and `<split>/labels.npy` hold the arrays, `table.json` describes the kind
    of data, and `classes.json` maps each class's name, in order, to its number of train samples.
    """
    for name, split in data.splits.items():
        for part, array in split._asdict().items():
            with atomic(Path(folder, name, f"{part}.npy")) as path, path.open("wb") as file:
                np.save(file, np.ascontiguousarray(array), allow_pickle=False)
    write_json(Path(folder, "table.json"), data.kind.to_json())
    counts = [int((data.train.labels == label).sum()) for label in range(len(data.classes))]
    write_json(Path(folder, "classes.json"), dict(zip(data.classes, counts)))


def open_split(folder: str | Path) -> Split:
    """Opens a split, memory-mapped."""

    def load(path):
        return np.load(path, mmap_mode="r", allow_pickle=False)

    return Split(*(_open(Path(folder, f"{part}.npy"), load) for part in Split._fields))


def save_generated(generated: Split, path: str | Path) -> None:
    """Writes generated samples as an .npz file, with `samples` and, if any, `labels`."""
    arrays = {part: array for part, array in generated._asdict().items() if array is not None}
    with atomic(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)


def load_generated(path: str | Path) -> Split:
    """Reads what `save_generated` wrote."""
    with read_errors(path, "generate"), np.load(path, allow_pickle=False) as content:
        return Split(content["samples"], content.get("labels"))


def open_kind(folder: str | Path) -> Kind:
    """The kind of the samples."""
    return _open(Path(folder, "table.json"), lambda path: kinds.from_json(_json(path)))


def open_classes(folder: str | Path) -> dict[str, int]:
    """Each class's name, in the order of the labels, with its number of train samples; empty if
    the samples have no labels."""
    return _open(Path(folder, "classes.json"), lambda path: dict(_json(path).items()))


def _json(path: Path):
    return json.loads(path.read_text())


def _open(path: Path, load: Callable):
    """Returns `load(path)`, or raises an error that names the remedy."""
    with read_errors(path, "prepare"):
        return load(path)
