"""A folder of pictures of any size and format: `data/raw/folder`.

Where all pictures lie in subfolders, a subfolder's name is the class of what is below it.
"""

import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from PIL import Image, ImageOps
from pydantic import Field
from tqdm import tqdm

from ganpkg.datasets.dataset import LEAST, Dataset, Split, own_share, split_in_three
from ganpkg.datasets.source import Source
from ganpkg.errors import UserError, reason

MODES = {"grey": "L", "rgb": "RGB"}
BITS_PER_SAMPLE = 258  # TIFF's tag
SPLIT_NAMES = {"train", "test", "valid", "val", "validation"}  # as found on the web
PIXELS = 100_000_000  # larger pictures are refused: a small file may hold a huge one


class Folder(Source):
    size: Annotated[int, Field(ge=8, le=128)]
    """Pixels a side."""
    colours: Literal["grey", "rgb"]
    skip_damaged: bool
    """Whether unreadable files are left out (and named), or an error."""

    def load(self, split_seed, raw):
        """Each picture scaled to cover a square, whose middle is kept."""
        folder = raw / "folder"
        files = _files(folder)
        if not files:
            raise UserError(f"{folder}: no pictures there, expected at least {LEAST}")
        _refuse_splits(folder, files)
        if not self.skip_damaged:
            _labels(folder, files)  # tells early if files lie in the wrong places
        pictures, damaged = _read_all(files, self.size, self.colours)
        if damaged:
            named = "\n".join(f"  {files[number]}: {reason}" for number, reason in damaged.items())
            if not self.skip_damaged:
                raise UserError(
                    f"{folder}: {len(damaged)} of {len(files)} files cannot be read as pictures; "
                    f"mend or remove them, or set folder.skip_damaged: true\n{named}"
                )
            print(
                f"{folder}: skipped {len(damaged)} of {len(files)} files\n{named}", file=sys.stderr
            )
            good = [number for number in range(len(files)) if number not in damaged]
            pictures, files = pictures[good], [files[number] for number in good]
        labels, classes = _labels(folder, files)  # a subfolder without any good picture is no class
        if len(pictures) < LEAST:
            raise UserError(f"{folder}: {len(pictures)} pictures, expected at least {LEAST}")
        share = own_share(len(pictures))
        splits = split_in_three(Split(pictures, labels), share, split_seed)
        return Dataset(*splits, classes if len(classes) > 1 else ())


def _files(folder: Path) -> list[Path]:
    """All that are not hidden."""
    if folder.is_symlink():
        raise UserError(
            f"{folder}: is a link, behind which DVC sees no change; expected a folder:\n"
            "remove the link and move or copy the pictures there"
        )
    shown = [
        path
        for path in folder.rglob("*")
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    for path in shown:
        name = os.fsencode(path.relative_to(folder))
        if not _is_utf8(name):
            raise UserError(f"{folder}: the name {name!r} is no UTF-8; rename it")
        if path.is_symlink() and path.is_dir():
            raise UserError(
                f"{path}: is a link to a folder, where DVC does not look; expected a folder"
            )
    return sorted(path for path in shown if path.is_file())


def _is_utf8(name: bytes) -> bool:
    try:
        return bool(name.decode())
    except UnicodeDecodeError:
        return False


def _refuse_splits(folder: Path, files: list[Path]) -> None:
    """Splits that others made would be taken for classes."""
    places = [path.relative_to(folder).parts[:-1] for path in files]
    names = {parts[0] for parts in places if parts}
    lower = {name.lower() for name in names}
    if "train" in lower and lower <= SPLIT_NAMES:
        classes = sorted({parts[1] for parts in places if len(parts) > 1}, key=_rank)
        some = " and ".join(str(folder / name) for name in classes[:2])
        raise UserError(
            f"{folder}: {', '.join(sorted(names))} are no classes, and the splits are drawn here;\n"
            + (f"move the classes up and merge them: {some} ..." if some else "move all files up")
        )


def _labels(folder: Path, files: list[Path]) -> tuple[np.ndarray, list[str]]:
    """(files,) the number of each file's subfolder, 0 without any; and the subfolders' names, in
    the order of `_rank`."""
    places = [path.relative_to(folder).parts for path in files]
    loose = [path for path, parts in zip(files, places) if len(parts) == 1]
    if loose and len(loose) < len(files):
        raise UserError(
            f"{folder}: {len(loose)} files lie beside subfolders ({loose[0].name} ...);\n"
            "expected all in subfolders, one for each class, or none"
        )
    names = [parts[0] if not loose else "" for parts in places]
    classes = sorted(set(names), key=_rank)
    number = {name: number for number, name in enumerate(classes)}
    labels = np.array([number[name] for name in names])
    return labels.astype(np.uint8 if len(classes) <= 256 else np.uint16), classes


def _rank(name: str) -> tuple:
    """The key by which names sort as people count: -1, 2, 10, then a2, a10, b."""
    number = re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", name)
    texts_and_digits = re.split("([0-9]+)", name)
    counted = [int(part) if at % 2 else part for at, part in enumerate(texts_and_digits)]
    return not number, float(name) if number else 0.0, counted, name


def _read_all(files: list[Path], size: int, colours: str) -> tuple[np.ndarray, dict[int, str]]:
    """The pictures, and why some could not be read, by their number."""
    channels = 1 if colours == "grey" else 3
    pictures, damaged = np.zeros((len(files), size, size, channels), np.uint8), {}

    def read(number):
        try:
            pictures[number] = read_picture(files[number], size, colours)
        except Exception as error:
            damaged[number] = reason(error)

    with ThreadPoolExecutor(os.cpu_count()) as workers:
        list(tqdm(workers.map(read, range(len(files))), total=len(files), disable=None))
    return pictures, dict(sorted(damaged.items()))


def read_picture(path: Path, size: int, colours: str) -> np.ndarray:
    """(size, size, channels) uint8. What is transparent becomes white."""
    with Image.open(path) as image:
        if image.width * image.height > PIXELS:
            raise ValueError(f"{image.width}x{image.height} pixels are more than {PIXELS:,}")
        # Of 16 bits a pixel, which Pillow reads from PGM as 32, it would clip all above 255.
        bits = getattr(image, "tag_v2", {}).get(BITS_PER_SAMPLE, (16,))
        deep = (image.mode.startswith("I;16") and bits == (16,)) or (
            image.mode == "I" and image.format == "PPM"
        )
        if image.mode[0] in "IF" and not deep:
            raise ValueError("nothing says which number is white, expected 8 or 16 bits a pixel")
        image = ImageOps.exif_transpose(image)
        if deep:
            image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
        if image.has_transparency_data:
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        image = ImageOps.fit(image.convert(MODES[colours]), (size, size), Image.Resampling.LANCZOS)
        return np.asarray(image).reshape(size, size, -1)
