"""Residual networks after Huang et al. 2024, "The GAN is dead; long live the GAN!" (R3GAN).

Their section 4: residual blocks without normalization, with leaky ReLU of slope 0.2; the weights
of L blocks scaled by a power of L and each block's last convolution zero (Zhang et al. 2019,
"Fixup initialization"); bilinear resampling, then a 1x1 convolution where the widths differ. The
generator starts at a learnt map whose channels a linear map of the latent point scales; the
discriminator mirrors it. The paper trains them with penalties on the slopes and with Adam's beta_1
at 0. It has no tanh at the end of the generator; here, that was worse on the 8x8 digits.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field

from ganpkg.lazy import keras, layers
from ganpkg.networks import conditional
from ganpkg.networks.architecture import Architecture
from ganpkg.section import Conflict

GROUP = 16  # channels in a group of a grouped convolution
GAIN = math.sqrt(2 / (1 + 0.2**2))  # keeps the variance through a leaky ReLU (He et al. 2015)
HALVED_FROM = 7  # pixels: a shorter side is not halved, so that the smallest map has 4 to 6


class ResNet(Architecture):
    filters: Annotated[int, Field(ge=1, le=1024)]
    """Channels of the largest map, doubled at each halving ..."""
    max_filters: Annotated[int, Field(ge=1, le=4096)]
    """... up to this."""
    blocks: Annotated[int, Field(ge=1, le=8)]
    """Residual blocks at each size."""
    form: Literal["plain", "inverted"]
    """`plain`: two 3x3 convolutions. `inverted`, the paper's: 1x1 to twice the channels, 3x3 in
    groups of 16 channels, 1x1 back."""

    def generator(self, task):
        """In a conditional GAN, an embedding of the class is added to the linear map of the
        point: the same as joining it to the point before the map."""
        from ganpkg.layers import Bilinear, Columns, Pointwise, StartMap

        *size, depth = task.sample_shape
        sizes = self._sizes(*size)[::-1]
        height, width, channels = sizes[0]
        latent = keras.Input((task.generator_input,), name="latent")
        point = Columns(0, task.latent_dim, name="point")(latent) if task.classes else latent
        factors = Pointwise(channels, **options("project", 1, bias=False))(point)
        if task.classes:
            code = Columns(task.latent_dim, task.generator_input, name="class")(latent)
            factors = layers.Add(name="point_and_class")([factors, embedding(code, channels, 1)])
        maps = StartMap(height, width, name="start")(factors)
        for number, (height, width, channels) in enumerate(sizes):
            if channels != maps.shape[-1]:
                maps = Pointwise(channels, **options(f"narrow_{number}", 1, bias=False))(maps)
            if number:
                maps = Bilinear(height, width, name=f"up_{number}")(maps)
            maps = self._blocks(maps, number, len(sizes))
        last = options("pixels", 1, activation=task.kind.activation, dtype=keras.config.floatx())
        return keras.Model(latent, Pointwise(depth, **last)(maps), name="generator")

    def discriminator(self, task):
        """In a conditional GAN, the product of the features and an embedding of the class is added
        to the logit (Miyato & Koyama 2018, "cGANs with projection discriminator")."""
        from ganpkg.layers import Bilinear, Pointwise, WeightedSum

        sample = keras.Input(task.discriminator_input, name="sample")
        maps, floatx = sample, {"dtype": keras.config.floatx()}
        if task.classes:
            maps, code = conditional.image_and_code(sample, task.sample_shape, **floatx)
        sizes = self._sizes(*task.sample_shape[:2])
        for number, (height, width, channels) in enumerate(sizes):
            if number:
                maps = Bilinear(height, width, name=f"down_{number}")(maps)
            if channels != maps.shape[-1]:
                maps = Pointwise(channels, **options(f"widen_{number}", 1, bias=False))(maps)
            maps = self._blocks(maps, number, len(sizes))
        features = WeightedSum(name="features", **floatx)(maps)
        logit = Pointwise(1, **options("logit", 1), **floatx)(features)
        if task.classes:
            class_ = embedding(code, channels, channels**-0.5, **floatx)
            projection = layers.Dot(1, name="projection", **floatx)([features, class_])
            logit = layers.Add(name="logit_and_projection", **floatx)([logit, projection])
        return keras.Model(sample, logit, name="discriminator")

    def _sizes(self, height: int, width: int) -> list[tuple[int, int, int]]:
        """Height, width and channels of the maps, from the largest to the smallest.

        28 gives 28, 14, 7, 4; 9 gives 9, 5. A side that is done waits for the other one.
        """
        sizes = [(height, width, self.filters)]
        while max(height, width) >= HALVED_FROM:
            height, width = (-(-n // 2) if n >= HALVED_FROM else n for n in (height, width))
            sizes.append((height, width, min(self.filters * 2 ** len(sizes), self.max_filters)))
        return sizes

    def _blocks(self, maps, number: int, sizes: int):
        """The residual blocks at one size.

        Args:
            number, sizes: the size's number, and how many there are.
        """
        from ganpkg.layers import GroupedConv2D, Pointwise

        channels = maps.shape[-1]
        convolutions = 2 if self.form == "plain" else 3
        gain = GAIN * (sizes * self.blocks) ** (-1 / (2 * convolutions - 2))
        for block in range(self.blocks):
            name = f"block_{number}_{block}"
            first = options(f"{name}_first", gain, activation="leaky_relu")
            middle = options(f"{name}_middle", gain, activation="leaky_relu")
            last = options(f"{name}_last", 0, bias=False)
            if self.form == "plain":
                inner = layers.Conv2D(channels, 3, padding="same", **first)(maps)
                inner = layers.Conv2D(channels, 3, padding="same", **last)(inner)
            else:
                wide = 2 * channels
                middle |= {"padding": "same", "groups": wide // GROUP}
                inner = Pointwise(wide, **first)(maps)
                inner = GroupedConv2D(wide, 3, **middle)(inner)
                inner = Pointwise(channels, **last)(inner)
            maps = layers.Add(name=f"{name}_sum")([maps, inner])
        return maps

    def conflicts(self, params):
        yield from super().conflicts(params)
        if self.max_filters < self.filters:
            reason = f"since resnet.filters is {self.filters}"
            yield Conflict("resnet.max_filters", f"at least {self.filters}", reason)
        for key in ("filters", "max_filters"):
            if self.form == "inverted" and getattr(self, key) % (GROUP // 2):
                reason = "since resnet.form is inverted"
                yield Conflict(f"resnet.{key}", f"a multiple of {GROUP // 2}", reason)


def options(name: str, gain: float, bias: bool = True, **others) -> dict:
    """The arguments of a layer, whose start weights have the variance gain^2 / inputs."""
    if gain:
        start = keras.initializers.VarianceScaling(gain**2, distribution="untruncated_normal")
    else:
        start = "zeros"
    return {"name": name, "kernel_initializer": start, "use_bias": bias, **others}


def embedding(code, units: int, deviation: float, **others):
    """A learnt vector for each class: (batch, classes) to (batch, units).

    Args:
        code: as `labels.codes`, with 1 at the class's index and -1 elsewhere.
        deviation: of the start weights.
    """
    from ganpkg.layers import Pointwise

    one_hot = layers.Rescaling(0.5, 0.5, name="one_hot", **others)(code)
    start = keras.initializers.RandomNormal(stddev=deviation)
    return Pointwise(units, use_bias=False, kernel_initializer=start, name="embedding", **others)(
        one_hot
    )
