"""The base classes of all sources of data."""

from abc import abstractmethod
from pathlib import Path
from typing import ClassVar

import numpy as np

from ganpkg.datasets.dataset import Dataset, Split
from ganpkg.kinds import Kind
from ganpkg.kinds.images import Images
from ganpkg.kinds.rows import Rows
from ganpkg.section import Section


class Source(Section):
    """A dataset, and its parameters."""

    kind: ClassVar[type[Kind]] = Images
    """The kind of its samples."""
    stacked_digits: ClassVar[bool] = False
    """Whether every channel of an image is a digit, and the class is the number they form."""

    @abstractmethod
    def load(self, split_seed: int, raw: Path) -> Dataset:
        """Loads the samples in three splits.

        Args:
            raw: the folder of files that people put there; `<name>.npz` in it replaces a download.

        Raises:
            UserError: if a file there is missing, damaged or unusable.
        """


class RowSource(Source):
    """A dataset whose samples are unlabelled rows of numbers."""

    kind = Rows

    @staticmethod
    def from_rows(columns: list[str], train, valid, test, **options) -> Dataset:
        """The dataset of three splits, each (n, columns) float64, scaled by statistics of `train`.

        Args:
            options: further arguments of `Rows.from_rows`.
        """
        kind = Rows.from_rows(columns, train, **options)
        splits = [
            Split(kind.scale(rows), np.zeros(len(rows), np.uint8)) for rows in (train, valid, test)
        ]
        return Dataset(*splits, kind=kind)
