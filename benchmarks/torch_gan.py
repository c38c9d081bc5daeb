"""What the engines are measured against: the same networks and updates in PyTorch."""

import math

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

from ganpkg.networks.dcgan import KERNEL, halvings

NORM = {"momentum": 0.1, "eps": 1e-3}  # PyTorch's momentum is 1 - Keras'
HALF = {"kernel_size": KERNEL, "stride": 2, "padding": 1}


class TorchGan:
    """
    Args:
        shape: of a sample, (height, width, channels).
        mode: of `torch.compile`, as its tutorials show it; None without.
    """

    def __init__(self, params, shape, mode: str | None):
        torch.manual_seed(0)
        self.params = params
        build = mlp if params.architecture == "mlp" else dcgan
        self.generator, self.discriminator = (
            network.to(memory_format=torch.channels_last) for network in build(params, shape)
        )
        self.optimizers = [
            torch.optim.Adam(network.parameters(), lr=2e-4, betas=(0.5, 0.999), fused=True)
            for network in (self.discriminator, self.generator)
        ]
        self.play, self.generate = self._play, self._generate
        if mode:
            self.play, self.generate = (
                torch.compile(function, mode=mode) for function in (self.play, self.generate)
            )
        kind = torch.get_default_device().type
        bfloat16 = params.precision == "bfloat16"
        self.precision = torch.autocast(kind, torch.bfloat16, enabled=bfloat16)

    @torch.no_grad()
    def _generate(self, latents):
        return self.generator(latents)

    def _play(self, latents, on: str):
        """The loss of the discriminator's fakes, or of the generator."""
        if on == "generator":
            logits = self.discriminator(self.generator(latents))
            return cross_entropy(logits, torch.ones_like(logits))
        logits = self.discriminator(latents)
        return cross_entropy(logits, torch.full_like(logits, float(on == "reals")))

    def train(self, reals: torch.Tensor) -> None:
        """One iteration on reals, (batch, channels, height, width) uint8."""
        reals = (reals.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)
        latents = torch.randn(2, len(reals), self.params.latent_dim)
        torch.compiler.cudagraph_mark_step_begin()
        self.generator.eval()
        with self.precision:
            fakes = self.generate(latents[0])
        self.generator.train()
        for samples, on in (fakes, "fakes"), (reals, "reals"):
            self._step(self.optimizers[0], samples, on)
        for parameter in self.discriminator.parameters():
            parameter.requires_grad_(False)
        self._step(self.optimizers[1], latents[1], "generator")
        for parameter in self.discriminator.parameters():
            parameter.requires_grad_(True)

    def _step(self, optimizer, inputs, on) -> None:
        optimizer.zero_grad()
        with self.precision:
            loss = self.play(inputs, on)
        loss.backward()
        optimizer.step()


def mlp(params, shape):
    height, width, channels = shape
    inputs, generator = params.latent_dim, []
    for units in params.generator_units:
        generator += [nn.Linear(inputs, units, bias=False), nn.BatchNorm1d(units, **NORM)]
        generator += [nn.LeakyReLU(0.2)]
        inputs = units
    pixels = math.prod(shape)
    generator += [nn.Linear(inputs, pixels), nn.Tanh(), nn.Unflatten(1, (channels, height, width))]
    inputs, discriminator = pixels, [nn.Flatten()]
    for units in params.discriminator_units:
        discriminator += [nn.Linear(inputs, units), nn.LeakyReLU(0.2)]
        inputs = units
    return nn.Sequential(*generator), nn.Sequential(*discriminator, nn.Linear(inputs, 1))


def dcgan(params, shape):
    height, width, channels = shape
    count = halvings(height, width)
    depth = params.filters * 2 ** (count - 1)
    start = (depth, height >> count, width >> count)
    generator = [
        nn.Linear(params.latent_dim, math.prod(start), bias=False),
        nn.Unflatten(1, start),
        nn.BatchNorm2d(depth, **NORM),
        nn.ReLU(),
    ]
    for _ in range(1, count):
        generator += [nn.ConvTranspose2d(depth, depth // 2, **HALF, bias=False)]
        depth //= 2
        generator += [nn.BatchNorm2d(depth, **NORM), nn.ReLU()]
    generator += [nn.ConvTranspose2d(depth, channels, **HALF), nn.Tanh()]
    inputs, discriminator = channels, []
    for number in range(count):
        outputs = params.filters * 2**number
        discriminator += [nn.Conv2d(inputs, outputs, **HALF), nn.LeakyReLU(0.2)]
        inputs = outputs
    discriminator += [nn.Flatten(), nn.Linear(math.prod(start), 1)]
    return nn.Sequential(*generator), nn.Sequential(*discriminator)
