"""How time and memory grow with the train split, the batch, the image, the networks, the devices.

    python -m benchmarks.growth

Each measurement is a process of its own that trains the base job with one thing changed, and takes
one turn of a few seconds. Prints a table and draws docs/growth.png. Takes about 7 minutes on 2
cores.
"""

import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from benchmarks import memory, speed
from benchmarks.race import Contender
from benchmarks.streaming import make_up
from ganpkg.params import read_params

BASE = {"train samples": 10_000, "batch": 32, "pixels a side": 32, "filters": 32, "devices": 1}
AXES = {
    "train samples": (10_000, 100_000, 1_000_000),
    "batch": (16, 32, 64, 128),
    "pixels a side": (16, 32, 64, 128),
    "filters": (16, 32, 64, 128),
    "devices": (1, 2, 4),
}
PICTURE = Path("docs/growth.png")


def main():
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'':24s}{'images/s':>12s}{'ms/iteration':>14s}{'own memory, MB':>16s}")
        results = {
            axis: [measured(Path(folder), axis, value) for value in values]
            for axis, values in AXES.items()
        }
    draw(results)


def measured(folder: Path, axis: str, value: int) -> tuple[float, float]:
    """Images per second and memory, printed, too."""
    job = BASE | {axis: value}
    file = folder / f"{job['train samples']}-{job['pixels a side']}.npy"
    if not file.exists():
        make_up(file, job["train samples"], (job["pixels a side"], job["pixels a side"], 3))
    flags = f"--xla_force_host_platform_device_count={value}"
    environment = {"KERAS_BACKEND": "jax", "XLA_FLAGS": flags} if axis == "devices" else {}
    numbers = (str(job[key]) for key in ("batch", "filters"))
    contender = Contender("benchmarks.growth", str(file), *numbers, **environment)
    contender.turn(speed.SECONDS)
    rate, held = contender.turn(speed.SECONDS), memory.own(contender.process.pid)
    contender.end()
    images = rate * job["batch"]
    print(
        f"{axis + ' ' + format(value, ','):24s}{images:12.0f}{1000 / rate:14.1f}{held:16.0f}",
        flush=True,
    )
    return images, held


def draw(results) -> None:
    figure, rows = plt.subplots(
        2, len(AXES), figsize=(13, 5), sharey="row", sharex="col", squeeze=False
    )
    for column, (axis, values) in zip(rows.T, AXES.items()):
        for plot, numbers in zip(column, zip(*results[axis])):
            plot.loglog(values, numbers, "o-")
            plot.grid(alpha=0.3)
            plot.minorticks_off()
        column[1].set_xticks(values, [format(value, ",") for value in values])
        column[1].set_xlabel(axis)
        column[1].set_yscale("linear")
    rows[0, 0].set_ylabel("images per second")
    rows[1, 0].set_ylabel("own memory, MB")
    rows[1, 0].set_ylim(0, 1.05 * max(held for pairs in results.values() for _, held in pairs))
    figure.tight_layout()
    figure.savefig(PICTURE, dpi=80)


def contend(file: str, batch: str, filters: str) -> None:
    """Trains until the other side hangs up."""
    changes = {"architecture": "dcgan", "batch_size": int(batch), "dcgan.filters": int(filters)}
    params = read_params().changed(changes)
    speed.engine(params, np.load(file, mmap_mode="r"), 4)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        contend(*sys.argv[1:])
    else:
        main()
