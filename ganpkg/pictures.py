"""What the preset `pictures` chooses by the pictures in `data/raw/folder`."""

import math
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ganpkg.datasets.dataset import MIN_SAMPLES, held_out_size
from ganpkg.datasets.folder import list_files
from ganpkg.errors import UserError

SAMPLE = 100  # pictures that are looked at
SIZE = 32  # pixels a side: what two CPU cores can train
ITERATIONS = 6000
MANY = 20_000  # pictures, which a small discriminator does not learn by heart
FEW = 1000
GREY_MODES = "1", "L", "LA", "La", "I"  # of Pillow


def choose(folder: Path, batch_size: int) -> tuple[dict[str, Any], str]:
    """The parameters, by their keys with sections, and a line for people that gives the reasons.

    Raises:
        UserError: if there are too few pictures.
    """
    files = list_files(folder)
    if len(files) < MIN_SAMPLES:
        raise UserError(f"{folder}: {len(files)} pictures, expected at least {MIN_SAMPLES}")
    chosen = np.linspace(0, len(files) - 1, min(SAMPLE, len(files))).astype(int)
    looks = [look for look in (_look(files[number]) for number in chosen) if look]
    if not looks:
        raise UserError(f"{folder}: none of {len(chosen)} files can be read as a picture")
    sides, grey = zip(*looks)
    side = int(np.median(sides))
    size = max(8, min(SIZE, side - side % 2))
    colours = "grey" if all(grey) else "rgb"
    augmented = len(files) < MANY
    train = len(files) - 2 * held_out_size(len(files))
    changes = {
        "folder.size": size,
        "folder.colours": colours,
        "epochs": math.ceil(ITERATIONS / max(1, train // batch_size)),
        **{f"augmentation.{name}": augmented for name in ("colour", "translation", "cutout")},
    }
    why = (
        f"{len(files):,} pictures, {'grey' if colours == 'grey' else 'in colour'}, sides of about "
        f"{side} pixels: trained at {size}, for {ITERATIONS:,} iterations, "
        + ("augmented, since they are fewer" if augmented else "not augmented, since they are more")
        + f" than {MANY:,}"
    )
    if len(files) < FEW:
        why += f"\nThat is few: look for copies in the report; {FEW:,} or more would be better"
    return changes, why


def _look(file: Path) -> tuple[int, bool] | None:
    """The shorter side of a picture, in pixels, and whether it is grey; None if it is damaged."""
    try:
        with Image.open(file) as image:
            return min(image.size), image.mode.partition(";")[0] in GREY_MODES
    except Exception:  # Pillow raises many types; `prepare` names each damaged file and why
        return None
