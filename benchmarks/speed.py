"""Iterations per second of both engines, and of others that do the same, on three jobs.

    python -m benchmarks.speed

Every contender is a process of its own. They take short turns, so that whatever else the
machine does meets all of them alike; rates are medians over the rounds, ratios are medians of
the rounds' ratios. The images are random pixels: speed does not depend on them. The last contender
does the matrix products and convolutions of the networks and nothing else, which bounds all others
on a CPU. Takes about 20 minutes on 2 cores.
"""

import os
import subprocess
import sys
import time
from statistics import median

from ganpkg.params import MOST_ROWS, Params, read_params

JOBS = {  # sample shape, changes to params.yaml, iterations between looks at the clock
    "digits mlp (the default)": ((8, 8, 1), {}, 1000),
    "MNIST mlp": (
        (28, 28, 1),
        {"generator_units": [256, 512], "discriminator_units": [256, 128], "batch_size": 128},
        200,
    ),
    "MNIST dcgan": ((28, 28, 1), {"architecture": "dcgan", "batch_size": 128}, 20),
}
CONTENDERS = (
    "compiled", "not deterministic", "textbook", "fit", "fit, jit_compile", "torch",
    "torch.compile", "jax", "products alone",
)  # fmt: skip
ROUNDS = 5
SECONDS = 3.0  # at least, per turn


def main():
    for job in JOBS:
        print(f"{job:26s}{'iterations/s':>14s}{'compiled is':>14s}", flush=True)
        processes = {name: start("benchmarks.speed", job, name) for name in CONTENDERS}
        rounds = [
            {name: turn(process) for name, process in processes.items()} for _ in range(ROUNDS)
        ]
        for process in processes.values():
            process.communicate()
        for name in CONTENDERS:
            rate = median(one[name] for one in rounds)
            ratio = median(one["compiled"] / one[name] for one in rounds)
            print(f"  {name:24s}{rate:14.1f}{ratio:13.2f}x", flush=True)


def start(module: str, *arguments: str, **environment: str) -> subprocess.Popen:
    """A process that plays one contender; returns when it is past its start-up."""
    command = [sys.executable, "-m", module, *arguments]
    pipe = subprocess.PIPE
    environment = {**os.environ, **environment}
    process = subprocess.Popen(
        command, stdin=pipe, stdout=pipe, text=True, bufsize=1, env=environment
    )
    process.stdout.readline()
    return process


def turn(process: subprocess.Popen, seconds: float = SECONDS) -> float:
    """Lets one contender run for a while, and no other; returns its iterations per second."""
    process.stdin.write(f"{seconds}\n")
    return float(process.stdout.readline())


class Turns:
    """The contender's side of `turn`: to be called after every few iterations."""

    def __init__(self):
        self.iterations, self.start, self.least = 0, None, 0.0

    def __call__(self, iterations: int) -> None:
        self.iterations += iterations
        if self.start is None:
            self._wait("ready")
        elif (seconds := time.perf_counter() - self.start) > self.least:
            self._wait(self.iterations / seconds)

    def _wait(self, report) -> None:
        print(report, flush=True)
        seconds = sys.stdin.readline()
        if not seconds:
            sys.exit()
        self.iterations, self.start, self.least = 0, time.perf_counter(), float(seconds)


def contend(job: str, contender: str) -> None:
    """Plays one contender until the other side hangs up."""
    import numpy as np

    if contender == "jax":
        os.environ["KERAS_BACKEND"] = "jax"
    shape, changes, interval = JOBS[job]
    params = Params(**{**read_params().model_dump(), **changes})
    samples = np.random.default_rng(0).integers(0, 256, (10_000, *shape), dtype=np.uint8)
    if contender == "textbook":
        interval = 10
    if contender in ("compiled", "jax", "textbook"):
        kind = "textbook" if contender == "textbook" else "compiled"
        engine(params.model_copy(update={"engine": kind}), samples, interval)
    elif contender == "not deterministic":
        engine(params.model_copy(update={"deterministic": False}), samples, interval)
    elif contender.startswith("torch"):
        torch(params, samples, interval, "default" if "compile" in contender else None)
    elif contender == "products alone":
        products_alone(params, samples)
    else:
        fit(params, samples, interval, jit_compile="jit" in contender)


def engine(params, samples, interval):
    """One of the project's engines in the loop of the train stage, feed and scores included."""
    from ganpkg import backend
    from ganpkg.training import build, loop

    if params.deterministic:
        backend.deterministic_kernels()
    backend.seed(params.seed)
    feed = build.feed(params, samples)
    player = build.engine(params, build.gan(params, samples), feed)
    done = Turns()
    for _ in loop.train(player, feed, range(interval, MOST_ROWS * interval, interval)):
        done(interval)


def fit(params, samples, interval, jit_compile):
    """Keras' own loop over a custom `train_step`, without the cost of determinism."""
    import ganpkg.backend  # noqa: F401, isort: skip; before others load TensorFlow, noisily
    import keras  # isort: skip

    from benchmarks.keras_fit import FitGan, dataset
    from ganpkg.training import build

    gan = build.gan(params, samples)
    model = FitGan(gan.generator, gan.discriminator, params.latent_dim)
    model.compile(gan.generator_optimizer, gan.discriminator_optimizer, jit_compile=jit_compile)
    done = Turns()
    clock = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: done(interval))
    batches = dataset(samples, params.batch_size)
    options = {"steps_per_epoch": interval, "epochs": sys.maxsize, "verbose": 0, "shuffle": False}
    model.fit(batches, callbacks=[clock], **options)


def torch(params, samples, interval, mode):
    """PyTorch as its tutorials show it, without the cost of determinism; on a GPU if there is one.

    Args:
        mode: of `torch.compile`; None without.
    """
    import torch

    from benchmarks.torch_gan import TorchGan

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.set_float32_matmul_precision("high")
    gan, done = TorchGan(params, samples.shape[1:], mode, device), Turns()
    images = torch.tensor(samples, device=device).permute(0, 3, 1, 2).contiguous()
    while True:
        for _ in range(interval):
            gan.train(images[torch.randint(len(images), (params.batch_size,), device=device)])
        if device.type == "cuda":
            torch.cuda.synchronize()
        done(interval)


def products_alone(params, samples):
    import ganpkg.backend  # noqa: F401, isort: skip; before others load TensorFlow, noisily
    from benchmarks.bound import products
    from ganpkg.training import build

    play = products(build.gan(params, samples), params.batch_size)
    done = Turns()
    while True:
        for _ in range(10):
            play()
        done(10)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        contend(*sys.argv[1:])
    else:
        main()
