"""Iterations per second of both engines and of Keras' `fit`, on three jobs.

    python -m benchmarks.speed

Every measurement is a process of its own, in turns, so that contenders share no state; the
best of the rounds counts, the one that other work on the machine disturbed least. The images
are random pixels: speed does not depend on them. Takes about 10 minutes on 2 cores.
"""

import json
import os
import subprocess
import sys
import time

from ganpkg.params import Params, read_params

JOBS = {  # sample shape, changes to params.yaml, iterations between looks at the clock
    "digits mlp (the default)": ((8, 8, 1), {}, 1000),
    "MNIST mlp": (
        (28, 28, 1),
        {"generator_units": [256, 512], "discriminator_units": [256, 128], "batch_size": 128},
        200,
    ),
    "MNIST dcgan": ((28, 28, 1), {"architecture": "dcgan", "batch_size": 128}, 10),
}
CONTENDERS = ("compiled", "textbook", "fit", "fit, jit_compile")
ROUNDS = 3
SECONDS = 5.0  # at least, per measurement


def main():
    print(f"{'iterations per second':26s}" + "".join(f"{name:>18s}" for name in CONTENDERS))
    for job in JOBS:
        rounds = [{name: measured_apart(job, name) for name in CONTENDERS} for _ in range(ROUNDS)]
        rates = {name: max(one[name] for one in rounds) for name in CONTENDERS}
        print(f"{job:26s}" + "".join(f"{rate:18.1f}" for rate in rates.values()))
        ratios = (f"{rates['compiled'] / rate:17.2f}x" for rate in rates.values())
        print(f"{'  compiled is':26s}" + "".join(ratios), flush=True)


def measured_apart(job: str, contender: str) -> float:
    """`measure` in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.speed", job, contender]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def measure(job: str, contender: str) -> float:
    """Iterations per second of one contender, start-up and compilation not counted."""
    import numpy as np

    shape, changes, interval = JOBS[job]
    params = Params(**{**read_params().model_dump(), **changes})
    samples = np.random.default_rng(0).integers(0, 256, (10_000, *shape), dtype=np.uint8)
    if contender in ("compiled", "textbook"):
        ticks = engine(params, samples, contender, interval if contender == "compiled" else 10)
    else:
        ticks = fit(params, samples, interval, jit_compile="jit" in contender)
    first, last = next(ticks), (0, 0.0)
    while last[1] - first[1] < SECONDS:
        last = next(ticks)
    return (last[0] - first[0]) / (last[1] - first[1])


def engine(params, samples, name, interval):
    """One of the project's engines in the loop of the train stage, feed and scores included.

    Yields (iterations done, seconds on the clock) every `interval` iterations.
    """
    from ganpkg import backend
    from ganpkg.training import build_engine, build_feed, build_gan, loop

    backend.make_deterministic(params.seed)
    params, feed = params.model_copy(update={"engine": name}), build_feed(params, samples)
    player = build_engine(params, build_gan(params, samples.shape[1:]), feed)
    for row in loop.train(player, feed, range(interval, sys.maxsize, interval)):
        yield row["step"], time.perf_counter()


def fit(params, samples, interval, jit_compile):
    """Keras' own loop over a custom `train_step`, without the cost of determinism."""
    import keras

    from benchmarks.keras_fit import FitGan, dataset
    from ganpkg.training import build_gan

    gan = build_gan(params, samples.shape[1:])
    model = FitGan(gan.generator, gan.discriminator, params.latent_dim)
    model.compile(gan.generator_optimizer, gan.discriminator_optimizer, jit_compile=jit_compile)
    ticks = []

    class Clock(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            ticks.append(((epoch + 1) * interval, time.perf_counter()))
            model.stop_training = ticks[-1][1] - ticks[0][1] > SECONDS

    batches = dataset(samples, params.batch_size)
    options = {"steps_per_epoch": interval, "epochs": sys.maxsize, "verbose": 0, "shuffle": False}
    model.fit(batches, callbacks=[Clock()], **options)
    yield from ticks


if __name__ == "__main__":
    if len(sys.argv) > 1:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        print(json.dumps(measure(*sys.argv[1:])))
    else:
        main()
