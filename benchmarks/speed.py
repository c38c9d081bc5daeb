"""Iterations per second of both engines, and of others that do the same, on five jobs.

    python -m benchmarks.speed

As `benchmarks.race` says; rates are medians over the rounds, ratios are medians of the rounds'
ratios. A contender that dies is named with its last words, the others go on, and the exit status
is 1. The images are random pixels: speed does not depend on them. The last contender does the
matrix products and convolutions of the networks and nothing else, which bounds all others on a CPU.
PyTorch runs in the interpreter TORCH_PYTHON, or in this one. Takes about 20 minutes on 2 cores.
"""

import json
import os
import sys
from functools import partial
from statistics import median

from benchmarks.race import Contender, race, ratio
from benchmarks.turns import Turns
from ganpkg.kinds.images import Images
from ganpkg.params import MAX_ROWS, read_params

PENALTIES = {"objective": "relativistic", "r1": 1.0, "r2": 1.0, "update": "joint"}
JOBS = {  # sample shape, changes to params.yaml, iterations between looks at the clock
    "digits mlp (the default)": ((8, 8, 1), {}, 1000),
    "MNIST mlp": (
        (28, 28, 1),
        {
            "mlp.generator_units": [256, 512],
            "mlp.discriminator_units": [256, 128],
            "batch_size": 128,
        },
        200,
    ),
    "MNIST dcgan": ((28, 28, 1), {"architecture": "dcgan", "batch_size": 128}, 20),
    "32x32 dcgan, penalties": (
        (32, 32, 3),
        {"architecture": "dcgan", "dcgan.filters": 32, "dcgan.upsampling": "bilinear", **PENALTIES},
        4,
    ),
    "32x32 resnet, penalties": ((32, 32, 3), {"architecture": "resnet", **PENALTIES}, 4),
}
CONTENDERS = (
    "compiled", "not deterministic", "textbook", "fit", "fit, jit_compile", "torch",
    "torch.compile", "jax", "products alone",
)  # fmt: skip
WITH_PENALTIES = "compiled", "not deterministic", "torch", "torch.compile", "jax"
TORCH_SETTINGS = "architecture", "latent_dim", "objective", "r1", "batch_size", "precision"
ROUNDS = 5
SECONDS = 3.0  # at least, per turn


def main() -> int:
    """Returns the exit status."""
    died = False
    for job in JOBS:
        print(f"{job:26s}{'iterations/s':>14s}{'compiled is':>14s}", flush=True)
        rates, dead = race(
            {name: partial(start, job, name) for name in contenders(job)}, ROUNDS, SECONDS
        )
        for name in rates:
            times = ratio(rates, "compiled", name)
            print(f"  {name:24s}{median(rates[name]):14.1f}{times:13.2f}x", flush=True)
        report(dead)
        died = died or bool(dead)
    return int(died)


def contenders(job: str) -> list[str]:
    """Those that can do the job: the textbook engine and its like have no penalties."""
    penalties = PENALTIES.items() <= JOBS[job][1].items()
    return [name for name in CONTENDERS if name in WITH_PENALTIES or not penalties]


def report(dead: dict[str, str]) -> None:
    for name, words in dead.items():
        print(f"  {name:24s}died: {words}", flush=True)


def start(job: str, contender: str) -> Contender:
    shape, changes, interval = JOBS[job]
    params = read_params().changed(changes)
    if contender.startswith("torch"):
        return torch(params, shape, interval, "default" if "compile" in contender else None)
    backend = {"KERAS_BACKEND": "jax"} if contender == "jax" else {}
    return Contender("benchmarks.speed", contender, json.dumps(JOBS[job]), **backend)


def torch(params, shape, interval: int, mode: str | None) -> Contender:
    """PyTorch in a process that has nothing of Keras' backends, nor of this project.

    Args:
        mode: of `torch.compile`; None without.
    """
    settings = {name: getattr(params, name) for name in TORCH_SETTINGS}
    settings |= params.room("architecture").model_dump()
    settings |= {"shape": shape, "interval": interval, "mode": mode}
    python = os.environ.get("TORCH_PYTHON") or sys.executable
    return Contender("benchmarks.torch_gan", json.dumps(settings), python=python)


def contend(contender: str, job: str) -> None:
    """Plays one contender until the other side hangs up.

    Args:
        job: as in JOBS, in JSON.
    """
    import numpy as np

    shape, changes, interval = json.loads(job)
    params = read_params().changed(changes)
    samples = np.random.default_rng(0).integers(0, 256, (10_000, *shape), dtype=np.uint8)
    if contender in ("compiled", "jax"):
        engine(params, samples, interval)
    elif contender == "textbook":
        engine(params.model_copy(update={"engine": "textbook"}), samples, min(interval, 10))
    elif contender == "not deterministic":
        engine(params.model_copy(update={"deterministic": False}), samples, interval)
    elif contender == "products alone":
        products_alone(params, samples)
    else:
        fit(params, samples, interval, jit_compile="jit" in contender)


def engine(params, samples, interval):
    """One of the project's engines in the loop of the train stage, feed and scores included."""
    from ganpkg import backend
    from ganpkg.training import build, loop
    from ganpkg.training.feed import Feed

    if params.deterministic:
        backend.deterministic_kernels()
    backend.seed(params.seed)
    feed = Feed(params, samples)
    player = build.engine(params, build.gan(params, samples, Images()), feed)
    done = Turns()
    for _ in loop.train(player, feed, range(interval, MAX_ROWS * interval, interval)):
        done(interval)


def fit(params, samples, interval, jit_compile):
    """Keras' own loop over a custom `train_step`, without the cost of determinism."""
    import ganpkg.backend  # noqa: F401, isort: skip; before others load TensorFlow, noisily
    import keras  # isort: skip

    from benchmarks.keras_fit import FitGan, dataset
    from ganpkg.training import build

    gan = build.gan(params, samples, Images())
    model = FitGan(gan.generator, gan.discriminator, params.latent_dim)
    model.compile(gan.generator_optimizer, gan.discriminator_optimizer, jit_compile=jit_compile)
    done = Turns()
    clock = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: done(interval))
    batches = dataset(samples, params.batch_size)
    options = {"steps_per_epoch": interval, "epochs": sys.maxsize, "verbose": 0, "shuffle": False}
    model.fit(batches, callbacks=[clock], **options)


def products_alone(params, samples):
    import ganpkg.backend  # noqa: F401, isort: skip; before others load TensorFlow, noisily
    from benchmarks.bound import products
    from ganpkg.training import build

    play = products(build.gan(params, samples, Images()), params.batch_size)
    done = Turns()
    while True:
        for _ in range(10):
            play()
        done(10)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        contend(*sys.argv[1:])
    else:
        sys.exit(main())
