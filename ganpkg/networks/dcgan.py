"""Deep convolutional networks after Radford, Metz & Chintala (2016).

Their guidelines (section 3): strided and transposed convolutions instead of pooling; batch
normalization everywhere except at the generator's output and the discriminator's input; ReLU
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
    normalization: Literal["batch", "layer", "spectral", "none"]
    """In the discriminator: `batch`, as in the paper; `layer`, which treats every sample alone, as
    gradient penalties require; `spectral`, of all its weights (Miyato et al. 2018); or `none`."""
    upsampling: Literal["transposed", "bilinear"]
    """In the generator: transposed convolutions, as in the paper; or bilinear upsampling and a 3x3
    convolution, which leaves no checkerboard (Odena et al. 2016, "Deconvolution and checkerboard
    artifacts")."""

    def generator(self, task):
        height, width, channels = task.sample_shape
        count = halvings(height, width)
        depth = self.filters * 2 ** (count - 1)
        start = (height >> count, width >> count, depth)
        stack = [
            keras.Input((task.generator_input,), name="latent"),
            dense(math.prod(start), "project", use_bias=False),
            layers.Reshape(start, name="map"),
            normalization("batch", "norm_0"),
            layers.ReLU(name="relu_0"),
        ]
        for number in range(1, count):
            depth //= 2
            size = height >> count - number, width >> count - number
            stack += [
                *self._double(size, depth, f"up_{number}", use_bias=False),
                normalization("batch", f"norm_{number}"),
                layers.ReLU(name=f"relu_{number}"),
            ]
        last = {"activation": "tanh", "dtype": keras.config.floatx()}
        stack += self._double((height, width), channels, "pixels", **last)
        return keras.Sequential(stack, name="generator")

    def _double(self, size: tuple[int, int], filters: int, name: str, **options) -> list:
        """The layers that double a map's height and width, to `size`."""
        if self.upsampling == "transposed":
            return [resize(layers.Conv2DTranspose, filters, name, **options)]
        from ganpkg.layers import Bilinear

        options |= {"padding": "same", "kernel_initializer": start_weights()}
        return [
            Bilinear(*size, name=f"{name}_bilinear"),
            layers.Conv2D(filters, 3, name=name, **options),
        ]

    def discriminator(self, task):
        """In a conditional GAN, a learnt linear map turns the class into one more channel."""
        height, width, channels = task.sample_shape
        if not task.classes:
            return self._image_discriminator(task.sample_shape)
        inner = self._image_discriminator((height, width, channels + 1))
        row = keras.Input(task.discriminator_input, name="row")
        image, code = conditional.image_and_code(row, task.sample_shape)
        plane = dense(height * width, "class_plane")(code)
        plane = layers.Reshape((height, width, 1), name="plane")(plane)
        logits = inner(layers.Concatenate(name="image_and_class")([image, plane]))
        return keras.Model(row, logits, name="conditional_discriminator")

    def _image_discriminator(self, shape: tuple[int, ...]) -> keras.Model:
        stack = [keras.Input(shape, name="sample")]
        for number in range(halvings(*shape[:2])):
            down = resize(layers.Conv2D, self.filters * 2**number, f"down_{number}")
            stack.append(self._spectral(down))
            if number and self.normalization in ("batch", "layer"):
                stack.append(normalization(self.normalization, f"norm_{number}"))
            stack.append(layers.LeakyReLU(0.2, name=f"relu_{number}"))
        logit = self._spectral(dense(1, "logit", dtype=keras.config.floatx()))
        stack += [layers.Flatten(name="flat"), logit]
        return keras.Sequential(stack, name="discriminator")

    def _spectral(self, layer: keras.layers.Layer) -> keras.layers.Layer:
        """The layer, with spectral normalization if that is chosen."""
        if self.normalization != "spectral":
            return layer
        from ganpkg.layers import SpectralNormalization

        return SpectralNormalization(layer, name=layer.name, dtype=layer.dtype_policy)

    def couplings(self):
        return ["dcgan.normalization"] if self.normalization == "batch" else []

    def conflicts(self, params):
        yield from super().conflicts(params)
        if params.dataset == "folder" and params.folder.size % 2:
            reason = "since architecture is dcgan, which halves it"
            yield Conflict("folder.size", "an even number", reason)


def halvings(height: int, width: int) -> int:
    """How often an image is halved: as long as both sides are even and at least 8.

    28 gives 2 (28, 14, 7), 32 gives 3 (32, 16, 8, 4), 8 gives 1 (8, 4). Odd sides give 0, from
    which no network can be built.
    """
    count = 0
    while height % 2 == width % 2 == 0 and min(height, width) >= 8:
        height, width, count = height // 2, width // 2, count + 1
    return count


def dense(units: int, name: str, **options) -> keras.layers.Layer:
    from ganpkg.layers import Pointwise

    return Pointwise(units, kernel_initializer=start_weights(), name=name, **options)


def resize(layer: type, filters: int, name: str, **options) -> keras.layers.Layer:
    """A `Conv2D` that halves the size of a map, or a `Conv2DTranspose` that doubles it."""
    options |= {"strides": 2, "padding": "same", "kernel_initializer": start_weights()}
    return layer(filters, KERNEL, name=name, **options)


def start_weights() -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(stddev=DEVIATION)


def normalization(name: str, layer_name: str) -> keras.layers.Layer:
    # The factors start at 1 here; the authors' code draws them from N(1, 0.02).
    if name == "batch":
        return layers.BatchNormalization(momentum=0.9, name=layer_name)
    return layers.LayerNormalization(axis=(1, 2, 3), name=layer_name)
