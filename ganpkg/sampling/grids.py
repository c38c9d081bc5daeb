"""Pictures: samples side by side."""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ganpkg.storage import atomic

GAP = 2  # pixels between samples
LEAST_SIDE = 28  # smaller samples are enlarged, so that a person sees them
GREY = 96
LONGEST_NAME = 16  # letters


def grid(samples: np.ndarray, columns: int, names: Sequence[str] = ()) -> np.ndarray:
    """Lays out samples row by row, each enlarged by a whole factor where it is small.

    Args:
        samples: (n, height, width, channels) uint8, n a multiple of columns.
        names: of the rows, written on their left.

    Returns:
        (height, width, channels) uint8 with a grey gap between the samples.
    """
    factor = -(-LEAST_SIDE // samples.shape[1])
    samples = samples.repeat(factor, axis=1).repeat(factor, axis=2)
    count, height, width, channels = samples.shape
    rows = count // columns
    picture = np.full(
        (rows * (height + GAP) + GAP, columns * (width + GAP) + GAP, channels), GREY, np.uint8
    )
    for number, sample in enumerate(samples):
        top = GAP + number // columns * (height + GAP)
        left = GAP + number % columns * (width + GAP)
        picture[top : top + height, left : left + width] = sample
    if not names:
        return picture
    middles = [GAP + row * (height + GAP) + height // 2 for row in range(rows)]
    beside = _names(names, middles, (len(picture), channels))
    return np.concatenate([beside, picture], axis=1)


def _names(names: Sequence[str], middles: list[int], shape: tuple[int, int]) -> np.ndarray:
    """A strip, (height, width, channels) uint8, with names at these heights."""
    lines = [" ".join(name.split())[:LONGEST_NAME] for name, _ in zip(names, middles)]
    font, (height, channels) = ImageFont.load_default(), shape
    width = math.ceil(max(font.getlength(line) for line in lines)) + 2 * GAP
    image = to_image(np.full((height, width, channels), GREY, np.uint8))
    pen = ImageDraw.Draw(image)
    for line, middle in zip(lines, middles):
        pen.text((2 * GAP, middle), line, "white", font, anchor="lm")
    return np.asarray(image).reshape(height, width, channels)


def side_by_side(pictures: dict[str, np.ndarray]) -> np.ndarray:
    """Pictures of equal size in a row, each under its title."""
    title_height, between = 16, 12
    height, width, channels = next(iter(pictures.values())).shape
    full = np.full(
        (height + title_height, len(pictures) * (width + between) - between, channels),
        255,
        np.uint8,
    )
    for number, picture in enumerate(pictures.values()):
        left = number * (width + between)
        full[title_height:, left : left + width] = picture
    image = to_image(full)
    pen = ImageDraw.Draw(image)
    for number, title in enumerate(pictures):
        pen.text((number * (width + between) + GAP, 2), title, fill=0)
    return np.asarray(image).reshape(full.shape)


def to_image(picture: np.ndarray) -> Image.Image:
    return Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture)


def save_png(picture: np.ndarray, path: str) -> None:
    with atomic(path) as temporary:
        to_image(picture).save(temporary, format="PNG")
