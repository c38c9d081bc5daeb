"""A section of params.yaml: the parameters of one choice, or of one player."""

import importlib
import inspect
import pkgutil
from abc import ABC
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from ganpkg.params import Params

BelowOne = Annotated[float, Field(ge=0, lt=1)]
Units = Annotated[list[Annotated[int, Field(ge=1, le=8192)]], Field(min_length=1, max_length=16)]


class Conflict(NamedTuple):
    """A parameter whose value contradicts another parameter."""

    key: str
    """The parameter, with its section: `dcgan.filters`."""
    expected: str
    """The values that would be right."""
    reason: str


def textbook_conflict(params: "Params", reason: str) -> Iterator[Conflict]:
    """A conflict if the engine is `textbook`, which lacks something."""
    if params.engine == "textbook":
        yield Conflict("engine", "compiled", f"{reason}, which Keras' composite cannot express")


class Section(BaseModel, ABC):
    """Types and ranges of a section's parameters. Values and comments are in params.yaml."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    def effective(self) -> dict[str, Any]:
        """Name -> value of the parameters that have an effect, given the others in the section."""
        return self.model_dump()

    def conflicts(self, params: "Params") -> Iterator[Conflict]:
        """The parameters that contradict the choice of this section, or its values."""
        yield from ()


def choices(package: str) -> dict[str, type[Section]]:
    """Name -> section of every choice in a package: of each file with a class of the file's name.

    `least_squares.py` has `LeastSquares`. Abstract classes are no choices.
    """
    sections = {}
    for file in pkgutil.iter_modules(importlib.import_module(package).__path__):
        for name, item in vars(importlib.import_module(f"{package}.{file.name}")).items():
            is_section = inspect.isclass(item) and issubclass(item, Section)
            has_file_name = name.lower() == file.name.replace("_", "")
            if is_section and has_file_name and not inspect.isabstract(item):
                sections[file.name] = item
    return sections
