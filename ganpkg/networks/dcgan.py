"""Deep convolutional networks after Radford, Metz & Chintala (2016).

Their guidelines (section 3): strided and transposed convolutions instead of pooling; batch
normalisation everywhere but at the generator's output and the discriminator's input; ReLU
and a final tanh in the generator, LeakyReLU of slope 0.2 in the discriminator; weights drawn
from N(0, 0.02). The generator ends in a transposed convolution from half the image's size:
a convolution at full size with few output channels would be by far the slowest layer on a
CPU.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field

from ganpkg.lazy import keras, layers
from ganpkg.networks import conditional
from ganpkg.networks.architecture import Architecture
from ganpkg.section import Conflict

KERNEL = 4  # a multiple of the stride: no checkerboard
DEVIATION = 0.02  # of the start weights


class DCGAN(Architecture):
    filters: Annotated[int, Field(ge=1, le=1024)]
    """Channels of the largest map, doubled at each halving."""
    normalization: Literal["batch", "layer", "none"]
    """Of the discriminator: `batch`, as in the paper; `layer`, which knows no batch, as objectives
    that look at single samples need it; or `none`."""

    def generator(self, task):
        height, width, channels = task.sample_shape
        count = halvings(height, width)
        depth = self.filters * 2 ** (count - 1)
        start = (height >> count, width >> count, depth)
        stack = [
            keras.Input((task.generator_input,), name="latent"),
            layers.Dense(
                start[0] * start[1] * depth,
                use_bias=False,
                kernel_initializer=start_weights(),
                name="project",
            ),
            layers.Reshape(start, name="map"),
            normalization("batch", "norm_0"),
            layers.ReLU(name="relu_0"),
        ]
        for number in range(1, count):
            depth //= 2
            stack += [
                double(depth, f"up_{number}", use_bias=False),
                normalization("batch", f"norm_{number}"),
                layers.ReLU(name=f"relu_{number}"),
            ]
        stack.append(double(channels, "pixels", activation="tanh", dtype=keras.config.floatx()))
        return conditional.generator(keras.Sequential(stack, name="generator"), task.classes)

    def discriminator(self, task):
        """Of a conditional GAN, the class becomes one more channel of the image, by a linear map
        that is learnt."""
        height, width, channels = task.sample_shape
        if not task.classes:
            return self._of_images(task.sample_shape)
        from ganpkg.layers import Columns

        inner = self._of_images((height, width, channels + 1))
        row = keras.Input(task.discriminator_input, name="row")
        pixels, end = math.prod(task.sample_shape), *task.discriminator_input
        image = Columns(0, pixels, name="pixels")(row)
        image = layers.Reshape(task.sample_shape, name="image")(image)
        plane = layers.Dense(
            height * width, kernel_initializer=start_weights(), name="class_plane"
        )(Columns(pixels, end, name="class")(row))
        plane = layers.Reshape((height, width, 1), name="plane")(plane)
        logits = inner(layers.Concatenate(name="image_and_class")([image, plane]))
        return keras.Model(row, logits, name="conditional_discriminator")

    def _of_images(self, shape: tuple[int, ...]) -> keras.Model:
        stack = [keras.Input(shape, name="sample")]
        for number in range(halvings(*shape[:2])):
            stack.append(
                layers.Conv2D(
                    self.filters * 2**number,
                    KERNEL,
                    strides=2,
                    padding="same",
                    kernel_initializer=start_weights(),
                    name=f"down_{number}",
                )
            )
            if number and self.normalization != "none":
                stack.append(normalization(self.normalization, f"norm_{number}"))
            stack.append(layers.LeakyReLU(0.2, name=f"relu_{number}"))
        exact = {"dtype": keras.config.floatx()}
        stack += [
            layers.Flatten(name="flat"),
            layers.Dense(1, kernel_initializer=start_weights(), name="logit", **exact),
        ]
        return keras.Sequential(stack, name="discriminator")

    def couplings(self):
        return ["dcgan.normalization"] if self.normalization == "batch" else []

    def conflicts(self, params):
        yield from super().conflicts(params)
        if params.dataset == "folder" and params.folder.size % 2:
            reason = "since architecture is dcgan, which halves it"
            yield Conflict("folder.size", "an even number", reason)


def halvings(height: int, width: int) -> int:
    """How often an image is halved: as long as both sides are even, and at least 8.

    28 gives 2 (28, 14, 7), 32 gives 3 (32, 16, 8, 4), 8 gives 1 (8, 4). Odd sides give none, and no
    network.
    """
    count = 0
    while height % 2 == width % 2 == 0 and min(height, width) >= 8:
        height, width, count = height // 2, width // 2, count + 1
    return count


def start_weights():
    return keras.initializers.RandomNormal(stddev=DEVIATION)


def normalization(name: str, layer_name: str) -> keras.layers.Layer:
    # Its factors start at 1 here; the authors' code draws them from N(1, 0.02).
    if name == "batch":
        return layers.BatchNormalization(momentum=0.9, name=layer_name)
    return layers.LayerNormalization(axis=(1, 2, 3), name=layer_name)


def double(filters: int, name: str, **options) -> keras.layers.Layer:
    """Doubles the size of a map."""
    return layers.Conv2DTranspose(
        filters,
        KERNEL,
        strides=2,
        padding="same",
        kernel_initializer=start_weights(),
        name=name,
        **options,
    )
