"""What the engines are measured against: the same networks and updates in PyTorch, as its
tutorials show it, without the cost of determinism; on a GPU if there is one.

It imports nothing but PyTorch: triton, which comes with it, and TensorFlow in one process end in a
segmentation fault. `benchmarks.speed` gives it shapes and settings as numbers.
"""

import json
import math
import sys
from types import SimpleNamespace

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

from benchmarks.turns import Turns

SAMPLES = 10_000
HALF = {"kernel_size": 4, "stride": 2, "padding": 1}
NORM = {"momentum": 0.1, "eps": 1e-3}  # PyTorch's momentum is 1 - Keras'


class TorchGan:
    """
    Args:
        params: those of params.yaml, and what `benchmarks.speed.torch` adds to them.
    """

    def __init__(self, params, device: torch.device):
        torch.manual_seed(0)
        self.params, self.device = params, device
        build = mlp if params.architecture == "mlp" else dcgan
        self.generator, self.discriminator = (
            network.to(device, memory_format=torch.channels_last) for network in build(params)
        )
        self.optimizers = [
            torch.optim.Adam(network.parameters(), lr=2e-4, betas=(0.5, 0.999), fused=True)
            for network in (self.discriminator, self.generator)
        ]
        functions = self._generate, self._discriminator_loss, self._generator_loss
        if params.mode:
            functions = [torch.compile(one, mode=params.mode, dynamic=False) for one in functions]
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


def main(params) -> None:
    """Plays until the other side hangs up."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.set_float32_matmul_precision("high")
    gan, done = TorchGan(params, device), Turns()
    height, width, channels = params.shape
    images = torch.randint(
        256, (SAMPLES, channels, height, width), dtype=torch.uint8, device=device
    )
    while True:
        for _ in range(params.interval):
            gan.train(images[torch.randint(len(images), (params.batch_size,), device=device)])
        if device.type == "cuda":
            torch.cuda.synchronize()
        done(params.interval)


if __name__ == "__main__":
    main(SimpleNamespace(**json.loads(sys.argv[1])))
