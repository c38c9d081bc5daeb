"""What the classifier and the evaluation cost, on made-up colour pictures of 64 x 64 pixels.

    python -m benchmarks.evaluation [GIGABYTES]

Prints seconds and the process's largest memory, for a set of 1 GB unless told otherwise.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks import memory
from ganpkg import backend
from ganpkg.datasets.dataset import Split, open_split
from ganpkg.evaluation import classifier, controls, features
from ganpkg.evaluation.embedding import Embedding
from ganpkg.kinds.images import Images
from ganpkg.networks.architecture import Task
from ganpkg.params import read_params

PARAMS = read_params()
SHAPE, CLASSES, AT_ONCE = (64, 64, 3), 10, 1000
SHARES = {"train": 0.8, "valid": 0.1, "test": 0.1}


def write(folder: Path, count: int, seed: int) -> Split:
    """A split of random pictures, written and opened without being in memory as a whole."""
    folder.mkdir()
    random = np.random.default_rng(seed)
    samples = np.lib.format.open_memmap(
        folder / "samples.npy", "w+", dtype=np.uint8, shape=(count, *SHAPE)
    )
    for start in range(0, count, AT_ONCE):
        part = samples[start : start + AT_ONCE]
        part[:] = random.integers(0, 256, part.shape, np.uint8)
    samples.flush()
    np.save(folder / "labels.npy", random.integers(0, CLASSES, count).astype(np.uint8))
    return open_split(folder)


def main(gigabytes: float = 1.0, generated_count: int = 10_000):
    count, kind = int(gigabytes * 2**30 / np.prod(SHAPE)), Images()
    with tempfile.TemporaryDirectory() as folder:
        sizes = {name: int(count * share) for name, share in SHARES.items()}
        train, valid, test = (
            write(Path(folder, name), size, seed) for seed, (name, size) in enumerate(sizes.items())
        )
        generated = write(Path(folder, "generated"), generated_count, 3)
        before = memory.most() / 1024
        start = time.monotonic()
        backend.make_deterministic(classifier.SEED)
        feature_model = features.build(train.samples, kind, classifier.train(*train, CLASSES, kind))
        classifier.accuracy(feature_model, *test, kind)
        trained = time.monotonic()
        embed = Embedding(
            feature_model,
            PARAMS.mlp.discriminator(Task(32, SHAPE, kind)),
            PARAMS.room("objective"),
            kind,
        )
        size = controls.set_size(*map(len, (generated.samples, valid.samples, test.samples)))
        pools = controls.Pools(embed, generated, train, valid, test, size)
        controls.measure_draws(pools)
        evaluated = time.monotonic()
        controls.measure_splits(*(part.samples for part in (generated, train, valid, test)))
        end = time.monotonic()
    print(
        f"{count:,} pictures, {gigabytes:g} GB: classifier {trained - start:.0f} s, {size:,} "
        f"samples of each set {evaluated - trained:.0f} s, Parzen window {end - evaluated:.0f} s; "
        f"{memory.most() / 1024:.2f} GB, {before:.2f} GB before"
    )


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
