"""What the preset `pictures` chooses by the pictures in `data/raw/folder`."""

import math
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from PIL import Image

from ganpkg.datasets.dataset import MIN_SAMPLES, held_out_size
from ganpkg.datasets.folder import list_files
from ganpkg.errors import UserError
from ganpkg.training.algorithm import iterations
from ganpkg.training.augmentation import Augmentation

SAMPLE = 100  # pictures that are looked at
SIZE = 32  # pixels a side: what two CPU cores can train
ITERATIONS = 6000
MANY = 20_000  # pictures, which a small discriminator does not learn by heart
FEW = 1000
GREY_MODES = "1", "L", "LA", "La", "I"  # of Pillow
AUGMENTED = "colour", "translation", "cutout"  # how few pictures are changed
COLOURS = {"grey": "in grey", "rgb": "in colour"}


class Pictures(NamedTuple):
    """What a look at a folder shows."""

    count: int
    side: int
    """The median of the shorter sides, in pixels."""
    colours: Literal["grey", "rgb"]


def look(folder: Path) -> Pictures:
    """Looks at the pictures in a folder.

    Raises:
        UserError: if there are too few.
    """
    files = list_files(folder)
    if len(files) < MIN_SAMPLES:
        raise UserError(f"{folder}: {len(files)} pictures, expected at least {MIN_SAMPLES}")
    chosen = np.linspace(0, len(files) - 1, min(SAMPLE, len(files))).astype(int)
    looks = [one for one in (_look(files[number]) for number in chosen) if one]
    if not looks:
        raise UserError(f"{folder}: none of {len(chosen)} files can be read as a picture")
    sides, grey = zip(*looks)
    return Pictures(len(files), int(np.median(sides)), "grey" if all(grey) else "rgb")


def choose(
    seen: Pictures, parameters: dict[str, Any], given: dict[str, Any]
) -> tuple[dict[str, Any], str]:
    """The parameters that follow from the pictures, and a line for people about the training.

    Args:
        parameters: those of the preset, by their keys with sections.
        given: those that the user gives, which are not chosen, but others follow from them.

    Raises:
        UserError: if the given batch size is too large.
    """
    train = seen.count - 2 * held_out_size(seen.count)
    few = seen.count < MANY
    chosen = {
        "folder.size": max(8, min(SIZE, seen.side - seen.side % 2)),
        "folder.colours": seen.colours,
        "batch_size": min(parameters["batch_size"], train),
        **{f"augmentation.{name}": few for name in AUGMENTED},
    }
    batch_size = given.get("batch_size", chosen["batch_size"])
    if batch_size > train:
        raise UserError(
            f"batch_size: given {batch_size}, expected at most {train}, the number of pictures "
            "that train"
        )
    chosen["epochs"] = math.ceil(ITERATIONS / iterations(train, batch_size, epochs=1))
    final = parameters | chosen | given
    steps = iterations(train, batch_size, final["epochs"])
    size, colours = final["folder.size"], final["folder.colours"]
    in_colours = "" if colours == seen.colours else f" {COLOURS[colours]}"
    why = (
        f"{seen.count:,} pictures, {COLOURS[seen.colours]}, sides of about {seen.side} pixels: "
        f"trained at {size}{in_colours}, for {steps:,} iterations, {_augmented(final, few)}"
    )
    if seen.count < FEW:
        why += f"\nThat is few: look for copies in the report; {FEW:,} or more would be better"
    return {key: value for key, value in chosen.items() if key not in given}, why


def _augmented(parameters: dict[str, Any], few: bool) -> str:
    """Whether pictures are augmented, with the reason if it is their number."""
    changes = [name for name in Augmentation.changes if parameters[f"augmentation.{name}"]]
    if changes == list(AUGMENTED) and few:
        return f"augmented, since they are fewer than {MANY:,}"
    if changes:
        return f"augmented by {', '.join(changes)}"
    return "not augmented" + ("" if few else f", since they are more than {MANY:,}")


def _look(file: Path) -> tuple[int, bool] | None:
    """The shorter side of a picture, in pixels, and whether it is grey; None if it is damaged."""
    try:
        with Image.open(file) as image:
            return min(image.size), image.mode.partition(";")[0] in GREY_MODES
    except Exception:  # Pillow raises many types; `prepare` names each damaged file and why
        return None
