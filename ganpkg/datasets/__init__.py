"""Datasets: a source a file, each giving the same `Dataset`."""

from pathlib import Path

from ganpkg.datasets import digits, keras_images
from ganpkg.datasets.dataset import Dataset

SOURCES = {"digits": digits.load, **keras_images.sources()}


def load(name: str, split_seed: int, raw: Path = Path("data/raw")) -> Dataset:
    """Loads a dataset and splits it into train, valid and test.

    Args:
        name: a key of `SOURCES`.
        split_seed: decides which samples go to which split.
        raw: the folder of files laid down by hand; `<name>.npz` there replaces a download.
    """
    return SOURCES[name](split_seed, raw)
