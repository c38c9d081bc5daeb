"""Training from a memory-mapped set of several GB beside the same set held in memory.

    python -m benchmarks.streaming [GB]

Makes up a set of 32x32 colour images (4 GB if not told otherwise) in a temporary folder, trains
on it in two processes that take short turns, and prints their speeds, the ratio, and the memory
that is each one's own: pages of the mapped file belong to the system, which takes them back when
it needs them. Takes about 3 minutes on 2 cores.
"""

import sys
import tempfile
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import memory, speed
from benchmarks.race import Contender
from ganpkg.params import read_params

SHAPE = (32, 32, 3)
ROUNDS = 10
CHUNK = 10_000
JOBS = {
    "mlp": ({"batch_size": 128}, 100),
    "dcgan": ({"batch_size": 64, "architecture": "dcgan", "dcgan.filters": 32}, 8),
}


def main(gigabytes: float):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "samples.npy")
        make_up(file, int(gigabytes * 1e9 / np.prod(SHAPE)), SHAPE)
        print(f"{'iterations per second':24s}{'in memory':>12s}{'mapped':>12s}{'ratio':>9s}"
              f"{'own memory (MB), first and last round':>56s}")  # fmt: skip
        for job in JOBS:
            report(job, file)


def make_up(file: Path, count: int, shape: tuple[int, ...]) -> None:
    generator = np.random.default_rng(0)
    samples = np.lib.format.open_memmap(file, "w+", np.uint8, (count, *shape))
    for start in range(0, count, CHUNK):
        part = samples[start : start + CHUNK]
        part[:] = generator.integers(0, 256, part.shape, dtype=np.uint8)
    samples.flush()


def report(job: str, file: Path) -> None:
    contenders = [
        Contender("benchmarks.streaming", job, str(file), how) for how in ("memory", "mapped")
    ]
    rounds = []
    for _ in range(ROUNDS):
        rounds.append(
            [(one.turn(speed.SECONDS), memory.own(one.process.pid)) for one in contenders]
        )
    for contender in contenders:
        contender.end()
    rates = np.array([[rate for rate, _ in one] for one in rounds])
    ratio = median(rates[:, 1] / rates[:, 0])
    held = " -> ".join(", ".join(f"{own:.0f}" for _, own in one) for one in (rounds[0], rounds[-1]))
    print(f"{job:24s}{median(rates[:, 0]):12.1f}{median(rates[:, 1]):12.1f}{ratio:9.3f}{held:>56s}")


def contend(job: str, file: str, how: str) -> None:
    """Plays one contender until the other side hangs up."""
    changes, interval = JOBS[job]
    params = read_params().changed(changes)
    samples = np.load(file, mmap_mode="r" if how == "mapped" else None)
    speed.engine(params, samples, interval)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        contend(*sys.argv[1:])
    else:
        main(float(sys.argv[1]) if len(sys.argv) == 2 else 4.0)
