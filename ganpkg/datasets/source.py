"""What every source of data is."""

from abc import abstractmethod
from pathlib import Path
from typing import ClassVar

from ganpkg.datasets.dataset import Dataset
from ganpkg.section import Section


class Source(Section):
    """A dataset, with the parameters that it has."""

    rows: ClassVar[bool] = False
    """Whether samples are rows of a table."""
    stacked_digits: ClassVar[bool] = False
    """Whether every channel of an image is a digit, and the class all of them."""

    @abstractmethod
    def load(self, split_seed: int, raw: Path) -> Dataset:
        """The samples in three splits.

        Args:
            raw: the folder of files laid down by hand; `<name>.npz` there replaces a download.

        Raises:
            UserError: if a file there is missing, damaged or not what it should be.
        """
