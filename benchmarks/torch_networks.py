"""The networks of `ganpkg.networks` in PyTorch, as its tutorials write them.

Every function takes the settings that `benchmarks.speed.torch` hands over, and returns generator
and discriminator.
"""

import math

from torch import nn, randn
from torch.nn.functional import interpolate, leaky_relu

HALF = {"kernel_size": 4, "stride": 2, "padding": 1}
NORM = {"momentum": 0.1, "eps": 1e-3}  # PyTorch's momentum is 1 - Keras'
HALVED_FROM = 7  # as in `ganpkg.networks.resnet`


def mlp(params):
    height, width, channels = params.shape
    inputs, generator = params.latent_dim, []
    for units in params.generator_units:
        generator += [nn.Linear(inputs, units, bias=False), nn.BatchNorm1d(units, **NORM)]
        generator += [nn.LeakyReLU(0.2)]
        inputs = units
    pixels = math.prod(params.shape)
    generator += [nn.Linear(inputs, pixels), nn.Tanh(), nn.Unflatten(1, (channels, height, width))]
    inputs, discriminator = pixels, [nn.Flatten()]
    for units in params.discriminator_units:
        discriminator += [nn.Linear(inputs, units), nn.LeakyReLU(0.2)]
        inputs = units
    return nn.Sequential(*generator), nn.Sequential(*discriminator, nn.Linear(inputs, 1))


def halvings(height: int, width: int) -> int:
    """As `ganpkg.networks.dcgan.halvings`, whose import loads a backend."""
    even = height % 2 == width % 2 == 0 and min(height, width) >= 8
    return 1 + halvings(height // 2, width // 2) if even else 0


def dcgan(params):
    height, width, channels = params.shape
    count = halvings(height, width)
    depth = params.filters * 2 ** (count - 1)
    start = (depth, height >> count, width >> count)

    def double(inputs, outputs, bias):
        if params.upsampling == "transposed":
            return [nn.ConvTranspose2d(inputs, outputs, **HALF, bias=bias)]
        larger = nn.Upsample(scale_factor=2, mode="bilinear")
        return [larger, nn.Conv2d(inputs, outputs, 3, padding=1, bias=bias)]

    generator = [
        nn.Linear(params.latent_dim, math.prod(start), bias=False),
        nn.Unflatten(1, start),
        nn.BatchNorm2d(depth, **NORM),
        nn.ReLU(),
    ]
    for _ in range(1, count):
        generator += double(depth, depth // 2, bias=False)
        depth //= 2
        generator += [nn.BatchNorm2d(depth, **NORM), nn.ReLU()]
    generator += [*double(depth, channels, bias=True), nn.Tanh()]
    inputs, discriminator = channels, []
    for number in range(count):
        outputs = params.filters * 2**number
        discriminator += [nn.Conv2d(inputs, outputs, **HALF), nn.LeakyReLU(0.2)]
        inputs = outputs
    discriminator += [nn.Flatten(), nn.Linear(math.prod(start), 1)]
    return nn.Sequential(*generator), nn.Sequential(*discriminator)


def resnet(params):
    height, width, channels = params.shape
    sizes = [(height, width, params.filters)]
    while max(height, width) >= HALVED_FROM:
        height, width = (-(-n // 2) if n >= HALVED_FROM else n for n in (height, width))
        sizes.append((height, width, min(params.filters * 2 ** len(sizes), params.max_filters)))
    inputs, discriminator = channels, []
    for number, (*size, outputs) in enumerate(sizes):
        discriminator += [Resize(size)] if number else []
        discriminator += [nn.Conv2d(inputs, outputs, 1, bias=False), Block(outputs)]
        inputs = outputs
    discriminator += [
        nn.Conv2d(inputs, inputs, size, groups=inputs, bias=False),
        nn.Flatten(),
        nn.Linear(inputs, 1),
    ]
    generator = [nn.Linear(params.latent_dim, inputs, bias=False), StartMap(inputs, *size)]
    for number, (*size, outputs) in enumerate(sizes[::-1]):
        if number:
            generator += [nn.Conv2d(inputs, outputs, 1, bias=False), Resize(size)]
        generator.append(Block(outputs))
        inputs = outputs
    generator += [nn.Conv2d(inputs, channels, 1), nn.Tanh()]
    return nn.Sequential(*generator), nn.Sequential(*discriminator)


class Block(nn.Module):
    """The plain form; start weights do not change the speed."""

    def __init__(self, channels: int):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.last = nn.Conv2d(channels, channels, 3, padding=1, bias=False)

    def forward(self, maps):
        return maps + self.last(leaky_relu(self.first(maps), 0.2))


class Resize(nn.Module):
    def __init__(self, size: list[int]):
        super().__init__()
        self.size = size

    def forward(self, maps):
        return interpolate(maps, self.size, mode="bilinear")


class StartMap(nn.Module):
    def __init__(self, channels: int, height: int, width: int):
        super().__init__()
        self.map = nn.Parameter(randn(1, channels, height, width))

    def forward(self, factors):
        return self.map * factors[:, :, None, None]
