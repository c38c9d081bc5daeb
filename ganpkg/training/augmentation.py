"""Augmentation: changes pictures before the discriminator sees them, against overfitting.

Zhao et al. 2020, "Differentiable augmentation for data-efficient GAN training": reals and fakes are
changed alike, in the updates of both players, and gradients flow through the changes. Karras et al.
2020, "Training generative adversarial networks with limited data": each change happens with a
probability, the strength, so that it does not leak into the samples; the strength may adapt.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from ganpkg.lazy import keras, ops
from ganpkg.section import Conflict, Section, textbook_conflict

NUMBERS = 12  # random numbers per picture
TARGET = 0.6  # of E sign D(x), if the strength adapts: Karras et al. 2020, section 3.1


def noise_name(batch: str) -> str:
    """The name of the random numbers for one of the batches `reals`, `fakes`, `g_reals` and
    `g_fakes`."""
    return f"{batch}_augmentation"


class Augmentation(Section):
    """The kinds of change and their strength."""

    colour: bool
    translation: bool
    cutout: bool
    mirror: bool
    strength: Annotated[float, Field(ge=0, le=1)]
    """The probability of each change of each picture."""
    adapt_over: Annotated[int, Field(ge=0, le=1_000_000_000)]
    """The number of pictures over which the strength can go from 0 to 1; 0 if it is fixed. The
    second paper's is 500,000."""

    changes: ClassVar[tuple[str, ...]] = ("colour", "translation", "cutout", "mirror")

    @property
    def on(self) -> bool:
        return any(getattr(self, name) for name in self.changes)

    def noise_shapes(self, objective) -> dict[str, tuple[int, ...]]:
        """Name -> shape of the random numbers for each sample, those of the objective included."""
        if not self.on:
            return objective.noise_shapes
        batches = ["fakes", "reals", "g_fakes", *(["g_reals"] if objective.generator_reals else [])]
        return objective.noise_shapes | {noise_name(batch): (NUMBERS,) for batch in batches}

    def effective(self):
        return self.model_dump(include=None if self.on else set(self.changes))

    def conflicts(self, params):
        from ganpkg.kinds.images import Images

        for name in self.changes:
            if getattr(self, name) and params.room("dataset").kind is not Images:
                reason = f"since dataset {params.dataset} has no images"
                yield Conflict(f"augmentation.{name}", "false", reason)
        if self.on:
            yield from textbook_conflict(params, "since augmentation is on")
        if self.on and self.adapt_over and not params.room("objective").rates_reals:
            reason = f"since objective {params.objective} has no accuracy to adapt to"
            yield Conflict("augmentation.adapt_over", "0", reason)


class Augmenter:
    """Changes batches of pictures, scaled from -1 to 1.

    Args:
        shape: (height, width, channels) of a sample.
        classes: of a conditional GAN, whose samples are rows; otherwise 0.
        batch_size: the number of reals in a step, after which the strength adapts.
    """

    def __init__(self, section: Augmentation, shape, classes: int = 0, batch_size: int = 1):
        self.section, self.shape, self.classes = section, shape, classes
        self.strength = keras.Variable(
            section.strength, dtype="float32", trainable=False, name="augmentation_strength"
        )
        self.step = batch_size / section.adapt_over if section.adapt_over else 0.0

    @property
    def variables(self) -> list[keras.Variable]:
        return [self.strength] if self.step else []

    def adapt(self, accuracy):
        """Moves the strength towards the target.

        Args:
            accuracy: the fraction of reals that the discriminator takes for real. E sign D(x) is
                twice that, less 1.
        """
        if self.step:
            direction = ops.sign(ops.cast(2 * accuracy - 1 - TARGET, "float32"))
            self.strength.assign(ops.clip(self.strength + self.step * direction, 0.0, 1.0))

    def __call__(self, samples, numbers):
        """
        Args:
            samples: (batch, height, width, channels); in a conditional GAN rows,
                (batch, values + classes).
            numbers: (batch, NUMBERS), from 0 to 1, from which the changes follow.

        Returns:
            As samples. Classes stay.
        """
        if not self.classes:
            return self._change(samples, numbers)
        pictures = ops.reshape(samples[:, : -self.classes], (-1, *self.shape))
        values = ops.reshape(self._change(pictures, numbers), (-1, samples.shape[1] - self.classes))
        return ops.concatenate([values, samples[:, -self.classes :]], axis=1)

    def _change(self, pictures, numbers):
        dtype = pictures.dtype
        # Whether each of the four changes happens to a picture.
        happens = ops.cast(numbers[:, :4] < self.strength, dtype)
        if self.section.colour:
            pictures = change_colours(pictures, happens[:, 0], numbers[:, 4:7])
        if self.section.translation or self.section.mirror:
            sides = pictures.shape[1:3]
            shifts = self.section.translation * happens[:, 1:2] * shifts_of(numbers[:, 7:9], sides)
            mirrored = self.section.mirror * happens[:, 2] * ops.cast(numbers[:, 9] < 0.5, dtype)
            pictures = move(pictures, shifts, mirrored)
        if self.section.cutout:
            pictures = cut_out(pictures, happens[:, 3], numbers[:, 10:12])
        return pictures


def change_colours(pictures, happens, numbers):
    """Adds up to 0.5 to the brightness, or takes it away, and multiplies the saturation by 0 to 2
    and the contrast by 0.5 to 1.5.

    Args:
        pictures: (batch, height, width, channels).
        happens: (batch,), 1 for pictures that change, otherwise 0.
        numbers: (batch, 3), from 0 to 1.
    """
    happens, numbers = happens[:, None, None, None], numbers[:, None, None, None]
    pictures = pictures + happens * (numbers[..., 0] - 0.5)
    grey = ops.mean(pictures, axis=3, keepdims=True)
    pictures = grey + (1 + happens * (2 * numbers[..., 1] - 1)) * (pictures - grey)
    mean = ops.mean(pictures, axis=(1, 2, 3), keepdims=True)
    return mean + (1 + happens * (numbers[..., 2] - 0.5)) * (pictures - mean)


def shifts_of(numbers, sides: tuple[int, int]):
    """Whole numbers of pixels, (batch, 2), down and to the right, up to an eighth of the sides.

    Args:
        numbers: (batch, 2), from 0 to 1.
    """
    limits = np.array([round(side / 8) for side in sides], np.float32)
    return _whole_numbers(numbers, 2 * limits + 1) - limits


def move(pictures, shifts, mirrored):
    """Mirrors pictures from left to right, then shifts them. Pixels from outside are 0.

    These are products with matrices of zeros and ones. Their gradients are such products, too,
    which are fast on every device and add numbers in a fixed order.

    Args:
        pictures: (batch, height, width, channels).
        shifts: (batch, 2), whole numbers of pixels, down and to the right.
        mirrored: (batch,), 1 for pictures that are mirrored, otherwise 0.
    """
    rows, columns = (np.arange(side, dtype=np.float32) for side in pictures.shape[1:3])
    mirrored = mirrored[:, None]
    from_row = rows - shifts[:, :1]
    from_column = columns - shifts[:, 1:]
    from_column = mirrored * (columns[-1] - from_column) + (1 - mirrored) * from_column
    vertical = ops.cast(ops.equal(from_row[..., None], rows), pictures.dtype)
    horizontal = ops.cast(ops.equal(from_column[..., None], columns), pictures.dtype)
    pictures = ops.einsum("bij,bjwc->biwc", vertical, pictures)
    return ops.einsum("bij,bhjc->bhic", horizontal, pictures)


def cut_out(pictures, happens, numbers):
    """Sets a rectangle of half the sides to 0, wherever its centre lies in the picture.

    Args:
        pictures: (batch, height, width, channels).
        happens: (batch,), 1 for pictures that change, otherwise 0.
        numbers: (batch, 2), from 0 to 1: the place of the centre.
    """
    within = [
        _within(_whole_numbers(numbers[:, axis : axis + 1], side + 1) - side // 4, side)
        for axis, side in enumerate(pictures.shape[1:3])
    ]
    rectangle = ops.logical_and(within[0][:, :, None], within[1][:, None])[..., None]
    happens = happens[:, None, None, None]
    return pictures * (1 - happens * ops.cast(rectangle, pictures.dtype))


def _within(first, side: int):
    """Which positions along a side, (batch, side), lie in the half of it from `first` on."""
    positions = np.arange(side, dtype=np.float32)
    return ops.logical_and(positions >= first, positions < first + (side + 1) // 2)


def _whole_numbers(numbers, end):
    """Whole numbers from 0 to end - 1, from numbers from 0 to 1."""
    return ops.minimum(ops.floor(numbers * end), end - 1)
