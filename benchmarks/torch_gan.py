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

    def __init__(self, params, shape, mode: str | None, device: torch.device):
        torch.manual_seed(0)
        self.params, self.device = params, device
        build = mlp if params.architecture == "mlp" else dcgan
        self.generator, self.discriminator = (
            network.to(device, memory_format=torch.channels_last)
            for network in build(params, shape)
        )
        self.optimizers = [
            torch.optim.Adam(network.parameters(), lr=2e-4, betas=(0.5, 0.999), fused=True)
            for network in (self.discriminator, self.generator)
        ]
        functions = self._generate, self._discriminator_loss, self._generator_loss
        if mode:
            functions = [torch.compile(one, mode=mode, dynamic=False) for one in functions]
        self.generate, self.discriminator_loss, self.generator_loss = functions
        bfloat16 = params.precision == "bfloat16"
        self.precision = torch.autocast(device.type, torch.bfloat16, enabled=bfloat16)

    @torch.no_grad()
    def _generate(self, latents):
        return self.generator(latents)

    def _discriminator_loss(self, samples, label: float):
        logits = self.discriminator(samples)
        return cross_entropy(logits, torch.full_like(logits, label))

    def _generator_loss(self, latents):
        logits = self.discriminator(self.generator(latents))
        return cross_entropy(logits, torch.ones_like(logits))

    def train(self, reals: torch.Tensor) -> None:
        """One iteration on reals, (batch, channels, height, width) uint8."""
        reals = (reals.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)
        latents = torch.randn(2, len(reals), self.params.latent_dim, device=self.device)
        torch.compiler.cudagraph_mark_step_begin()
        self.generator.eval()
        with self.precision:
            fakes = self.generate(latents[0])
        self.generator.train()
        for samples, label in (fakes, 0.0), (reals, 1.0):
            self._step(self.optimizers[0], self.discriminator_loss, samples, label)
        for parameter in self.discriminator.parameters():
            parameter.requires_grad_(False)
        self._step(self.optimizers[1], self.generator_loss, latents[1])
        for parameter in self.discriminator.parameters():
            parameter.requires_grad_(True)

    def _step(self, optimizer, loss_of, *inputs) -> None:
        optimizer.zero_grad()
        with self.precision:
            loss = loss_of(*inputs)
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
