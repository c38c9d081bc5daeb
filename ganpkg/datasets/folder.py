"""A folder of pictures of any size and format: `data/raw/folder`.

If all pictures lie in subfolders, the name of the subfolder is the class of the pictures in it.
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

from ganpkg.datasets.dataset import MIN_SAMPLES, Dataset, Split, held_out_size, split_in_three
from ganpkg.datasets.source import Source
from ganpkg.errors import UserError, reason

MODES = {"grey": "L", "rgb": "RGB"}
BITS_PER_SAMPLE = 258  # TIFF's tag
SPLIT_NAMES = {"train", "test", "valid", "val", "validation"}  # of folders in published datasets
MAX_PIXELS = 100_000_000  # of a picture; a small file may hold a huge one


class Folder(Source):
    size: Annotated[int, Field(ge=8, le=256)]
    """Pixels a side."""
    colours: Literal["grey", "rgb"]
    skip_damaged: bool
    """Whether unreadable files are skipped, and named; otherwise they are an error."""

    def load(self, split_seed, raw):
        """Scales each picture until it covers a square, and keeps its middle."""
        root = raw / "folder"
        files = list_files(root)
        if not files:
            raise UserError(f"{root}: no pictures there, expected at least {MIN_SAMPLES}")
        _refuse_splits(root, files)
        if not self.skip_damaged:
            _labels(root, files)  # reports misplaced files before the pictures are read
        pictures, damaged = _read_all(files, self.size, self.colours)
        if damaged:
            names = "\n".join(f"  {files[number]}: {why}" for number, why in damaged.items())
            if not self.skip_damaged:
                raise UserError(
                    f"{root}: {len(damaged)} of {len(files)} files cannot be read as pictures; "
                    f"mend or remove them, or set folder.skip_damaged: true\n{names}"
                )
            print(f"{root}: skipped {len(damaged)} of {len(files)} files\n{names}", file=sys.stderr)
            good = [number for number in range(len(files)) if number not in damaged]
            pictures, files = pictures[good], [files[number] for number in good]
        labels, classes = _labels(root, files)  # a subfolder without a good picture is no class
        if len(pictures) < MIN_SAMPLES:
            raise UserError(f"{root}: {len(pictures)} pictures, expected at least {MIN_SAMPLES}")
        count = held_out_size(len(pictures))
        splits = split_in_three(Split(pictures, labels), count, split_seed)
        return Dataset(*splits, classes if len(classes) > 1 else ())


def list_files(root: Path) -> list[Path]:
    """All files that are not hidden, in order."""
    if root.is_symlink():
        raise UserError(
            f"{root}: is a link, behind which DVC sees no change; expected a folder:\n"
            "remove the link and move or copy the pictures there"
        )
    files = []
    for path in root.rglob("*"):
        place = path.relative_to(root)
        if any(part.startswith(".") for part in place.parts):
            continue
        name = os.fsencode(place)
        try:
            name.decode()
        except UnicodeDecodeError:
            raise UserError(f"{root}: the name {name!r} is no UTF-8; rename it") from None
        if path.is_symlink() and path.is_dir():
            raise UserError(
                f"{path}: is a link to a folder, where DVC does not look; expected a folder"
            )
        if path.is_file():
            files.append(path)
    return sorted(files)


def _refuse_splits(root: Path, files: list[Path]) -> None:
    """Folders named train, test ... are splits, which must not be taken for classes."""
    places = [path.relative_to(root).parts[:-1] for path in files]
    names = {parts[0] for parts in places if parts}
    lower = {name.lower() for name in names}
    if "train" in lower and lower <= SPLIT_NAMES:
        classes = sorted({parts[1] for parts in places if len(parts) > 1}, key=_rank)
        some = " and ".join(str(root / name) for name in classes[:2])
        raise UserError(
            f"{root}: {', '.join(sorted(names))} are no classes, and the splits are drawn here;\n"
            + (f"move the classes up and merge them: {some} ..." if some else "move all files up")
        )


def _labels(root: Path, files: list[Path]) -> tuple[np.ndarray, list[str]]:
    """The index of each file's class, (files,), and the classes' names, in the order of `_rank`.

    Without subfolders there is one class, whose name is empty.
    """
    places = [path.relative_to(root).parts for path in files]
    loose = [path for path, parts in zip(files, places) if len(parts) == 1]
    if loose and len(loose) < len(files):
        raise UserError(
            f"{root}: {len(loose)} files lie beside subfolders ({loose[0].name} ...);\n"
            "expected all in subfolders, one for each class, or none"
        )
    names = [parts[0] if not loose else "" for parts in places]
    classes = sorted(set(names), key=_rank)
    index = {name: number for number, name in enumerate(classes)}
    labels = np.array([index[name] for name in names])
    return labels.astype(np.uint8 if len(classes) <= 256 else np.uint16), classes


def _rank(name: str) -> tuple:
    """A sort key that orders numbers by value: -1, 2, 10, then a2, a10, b."""
    number = re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", name)
    parts = re.split("([0-9]+)", name)  # every second part is a number
    parts[1::2] = map(int, parts[1::2])
    return not number, float(name) if number else 0.0, parts, name


def _read_all(files: list[Path], size: int, colours: str) -> tuple[np.ndarray, dict[int, str]]:
    """All pictures, (files, size, size, channels), and why some could not be read, by index."""
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
    """Reads a picture, (size, size, channels) uint8. Transparent pixels become white."""
    with Image.open(path) as image:
        if image.width * image.height > MAX_PIXELS:
            raise ValueError(f"{image.width}x{image.height} pixels are more than {MAX_PIXELS:,}")
        # Converting 16 bits a pixel (32 when read from PGM), Pillow would clip all above 255.
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
