"""Datasets: a source a file, each giving the same `Dataset`."""

from pathlib import Path
from typing import TYPE_CHECKING

from ganpkg.datasets import csv_file, digits, folder, keras_images, stacked_mnist, toys
from ganpkg.datasets.dataset import Dataset

if TYPE_CHECKING:
    from ganpkg.params import Params

RAW = Path("data/raw")


def load(params: "Params", raw: Path = RAW) -> Dataset:
    """Loads the dataset that params.yaml names, split into train, valid and test.

    Args:
        raw: the folder of files laid down by hand; `<name>.npz` there replaces a download.

    Raises:
        UserError: if a file there is missing, damaged or not what it should be.
    """
    if params.dataset == "digits":
        return digits.load(params.split_seed)
    if params.dataset == "folder":
        options = params.image_size, params.image_colours, params.skip_damaged
        return folder.load(params.split_seed, raw, *options)
    if params.dataset == "csv":
        return csv_file.load(params.split_seed, raw)
    if params.dataset in toys.TOYS:
        return toys.load(params.dataset, params.split_seed)
    if params.dataset == "stacked_mnist":
        return stacked_mnist.load(params.split_seed, raw)
    return keras_images.load(params.dataset, params.split_seed, raw)
