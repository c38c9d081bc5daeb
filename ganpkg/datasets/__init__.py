"""Datasets: a source a file, each giving the same `Dataset`."""

from pathlib import Path
from typing import TYPE_CHECKING

from ganpkg.datasets import digits, folder, keras_images
from ganpkg.datasets.dataset import Dataset

if TYPE_CHECKING:
    from ganpkg.params import Params

RAW = Path("data/raw")


def load(params: "Params", raw: Path = RAW) -> Dataset:
    """Loads the dataset that params.yaml names, split into train, valid and test.

    Args:
        raw: the folder of files laid down by hand; `<name>.npz` there replaces a download.
    """
    if params.dataset == "digits":
        return digits.load(params.split_seed)
    if params.dataset == "folder":
        options = params.image_size, params.image_colours, params.skip_damaged
        return folder.load(params.split_seed, raw, *options)
    return keras_images.load(params.dataset, params.split_seed, raw)
