"""What the engines are measured against: the same networks and updates in PyTorch, as its
tutorials show it, without the cost of determinism; on a GPU if there is one.

It imports nothing but PyTorch: triton, which comes with it, and TensorFlow in one process end in a
segmentation fault. `benchmarks.speed` gives it shapes and settings as numbers.
"""

import json
import sys
from types import SimpleNamespace

import torch
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy
from torch.nn.functional import softplus

from benchmarks import torch_networks
from benchmarks.turns import Turns

SAMPLES = 10_000


class TorchGan:
    """
    Args:
        params: those of params.yaml, and what `benchmarks.speed.torch` adds to them.
    """

    def __init__(self, params, device: torch.device):
        torch.manual_seed(0)
        self.params, self.device = params, device
        self.generator, self.discriminator = (
            network.to(device, memory_format=torch.channels_last)
            for network in getattr(torch_networks, params.architecture)(params)
        )
        self.optimizers = [
            torch.optim.Adam(network.parameters(), lr=2e-4, betas=(0.5, 0.999), fused=True)
            for network in (self.discriminator, self.generator)
        ]
        self.compile()
        bfloat16 = params.precision == "bfloat16"
        self.precision = torch.autocast(device.type, torch.bfloat16, enabled=bfloat16)

    def compile(self) -> None:
        self.generate = self.compiled(self.generate)
        self.discriminator_loss = self.compiled(self.discriminator_loss)
        self.generator_loss = self.compiled(self.generator_loss)

    def compiled(self, function):
        if not self.params.mode:
            return function
        return torch.compile(function, mode=self.params.mode, dynamic=False)

    @torch.no_grad()
    def generate(self, latents):
        return self.generator(latents)

    def discriminator_loss(self, samples, label: float):
        logits = self.discriminator(samples)
        return cross_entropy(logits, torch.full_like(logits, label))

    def generator_loss(self, latents):
        logits = self.discriminator(self.generator(latents))
        return cross_entropy(logits, torch.ones_like(logits))

    def train(self, images: torch.Tensor) -> None:
        """One iteration with random reals out of images, (n, channels, height, width) uint8."""
        reals, latents = self.reals(images), self.latents()
        torch.compiler.cudagraph_mark_step_begin()
        self.generator.eval()
        with self.precision:
            fakes = self.generate(latents[0])
        self.generator.train()
        for samples, label in (fakes, 0.0), (reals, 1.0):
            self.step(self.optimizers[0], self.discriminator_loss, samples, label)
        self.train_generator(latents[1])

    def reals(self, images: torch.Tensor) -> torch.Tensor:
        batch = images[torch.randint(len(images), (self.params.batch_size,), device=self.device)]
        return (batch.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)

    def latents(self) -> torch.Tensor:
        """Those of both players."""
        return torch.randn(2, self.params.batch_size, self.params.latent_dim, device=self.device)

    def train_generator(self, *inputs) -> None:
        self.discriminator.requires_grad_(False)
        self.step(self.optimizers[1], self.generator_loss, *inputs)
        self.discriminator.requires_grad_(True)

    def step(self, optimizer, loss_of, *inputs) -> None:
        optimizer.zero_grad()
        with self.precision:
            loss = loss_of(*inputs)
        loss.backward()
        optimizer.step()


class TorchRelativisticGan(TorchGan):
    """With the relativistic loss and the penalties R1 and R2, of equal weights."""

    def compile(self) -> None:
        """torch.compile has no second derivatives, so the discriminator's loss stays eager."""
        self.generate = self.compiled(self.generate)
        self.generator_loss = self.compiled(self.generator_loss)

    def discriminator_loss(self, fakes, reals):
        samples = torch.cat([fakes, reals]).requires_grad_()
        logits = self.discriminator(samples)
        fake, real = logits.chunk(2)
        (slopes,) = torch.autograd.grad(logits.sum(), samples, create_graph=True)
        return softplus(fake - real).mean() + self.params.r1 / 2 * slopes.square().sum() / len(real)

    def generator_loss(self, latents, reals):
        fakes = self.generator(latents)
        fake, real = self.discriminator(torch.cat([fakes, reals])).chunk(2)
        return softplus(real - fake).mean()

    def train(self, images: torch.Tensor) -> None:
        latents = self.latents()
        torch.compiler.cudagraph_mark_step_begin()
        with self.precision:
            fakes = self.generate(latents[0])
        self.step(self.optimizers[0], self.discriminator_loss, fakes, self.reals(images))
        self.train_generator(latents[1], self.reals(images))


def main(params) -> None:
    """Plays until the other side hangs up."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.set_float32_matmul_precision("high")
    family = TorchRelativisticGan if params.objective == "relativistic" else TorchGan
    gan, done = family(params, device), Turns()
    height, width, channels = params.shape
    images = torch.randint(
        256, (SAMPLES, channels, height, width), dtype=torch.uint8, device=device
    )
    while True:
        for _ in range(params.interval):
            gan.train(images)
        if device.type == "cuda":
            torch.cuda.synchronize()
        done(params.interval)


if __name__ == "__main__":
    main(SimpleNamespace(**json.loads(sys.argv[1])))
