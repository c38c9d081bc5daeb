"""Pictures of many samples in a grid."""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ganpkg.storage import atomic

GAP = 2  # pixels between samples
MIN_SIDE = 28  # pixels; smaller samples are enlarged to be visible
GREY = 96
MAX_NAME = 16  # letters
TITLE_HEIGHT, MARGIN = 16, 12  # pixels above and between pictures side by side


def grid(samples: np.ndarray, columns: int, names: Sequence[str] = ()) -> np.ndarray:
    """Arranges samples row by row, with small ones enlarged by an integer factor.

    Args:
        samples: (n, height, width, channels) uint8; n is a multiple of columns.
        names: the names of the rows, written to their left.

    Returns:
        (height, width, channels) uint8, with grey gaps between the samples.
    """
    factor = -(-MIN_SIDE // samples.shape[1])
    samples = samples.repeat(factor, axis=1).repeat(factor, axis=2)
    cells = np.pad(samples, ((0, 0), (GAP, 0), (GAP, 0), (0, 0)), constant_values=GREY)
    _, height, width, channels = cells.shape
    picture = cells.reshape(-1, columns, height, width, channels).swapaxes(1, 2)
    picture = picture.reshape(-1, columns * width, channels)
    picture = np.pad(picture, ((0, GAP), (0, GAP), (0, 0)), constant_values=GREY)
    if not names:
        return picture
    middles = range(GAP + (height - GAP) // 2, len(picture), height)
    return np.concatenate([_names(names, middles, (len(picture), channels)), picture], axis=1)


def _names(names: Sequence[str], middles: Sequence[int], shape: tuple[int, int]) -> np.ndarray:
    """A strip, (height, width, channels) uint8, with the names at the given heights."""
    lines = [" ".join(name.split())[:MAX_NAME] for name, _ in zip(names, middles)]
    font, (height, channels) = ImageFont.load_default(), shape
    width = math.ceil(max(font.getlength(line) for line in lines)) + 2 * GAP
    image = to_image(np.full((height, width, channels), GREY, np.uint8))
    pen = ImageDraw.Draw(image)
    for line, middle in zip(lines, middles):
        pen.text((2 * GAP, middle), line, "white", font, anchor="lm")
    return np.asarray(image).reshape(height, width, channels)


def side_by_side(pictures: dict[str, np.ndarray]) -> np.ndarray:
    """Places pictures of equal size in a row, each under its title."""
    padding = (TITLE_HEIGHT, 0), (0, MARGIN), (0, 0)
    panels = [np.pad(picture, padding, constant_values=255) for picture in pictures.values()]
    picture = np.concatenate(panels, axis=1)[:, :-MARGIN]
    image = to_image(picture)
    pen = ImageDraw.Draw(image)
    for number, title in enumerate(pictures):
        pen.text((number * panels[0].shape[1] + GAP, 2), title, fill=0)
    return np.asarray(image).reshape(picture.shape)


def to_image(picture: np.ndarray) -> Image.Image:
    return Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture)


def save_png(picture: np.ndarray, path: str) -> None:
    with atomic(path) as temporary:
        to_image(picture).save(temporary, format="PNG")
