"""What evaluation costs: 10,000 samples against 10,000, and all controls, 128 features each.

    python -m benchmarks.evaluation [SAMPLES]

On made-up features and pixels, with a train split five times as large. Prints seconds and the
process's largest memory.
"""

import sys
import time

import numpy as np

from benchmarks import memory
from ganpkg.evaluation import metrics, table
from ganpkg.evaluation.copying import Copying
from ganpkg.evaluation.embedded import Embedded
from ganpkg.evaluation.parzen import parzen

FEATURES, PIXELS, CLASSES = 128, 784, 10
SETS = ("generated", "real", "memoriser", "half", "noise")


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    random = np.random.default_rng(0)

    def seen() -> Embedded:
        probabilities = random.dirichlet(np.ones(CLASSES), count)
        features = random.normal(size=(count, FEATURES))
        return Embedded(features, probabilities, random.random(count) < 0.5)

    reference, sets = seen(), {name: seen() for name in SETS}
    train_features = random.normal(size=(5 * count, FEATURES))
    train, valid, test, generated = (
        random.integers(0, 256, (n, PIXELS), np.uint8) for n in (5 * count, count, count, count)
    )
    start = time.monotonic()
    copying = Copying(train_features, reference.features)
    values = {
        name: metrics.judge(reference, seen) | copying(seen.features)[0]
        for name, seen in sets.items()
    }
    table.full(values)
    without_parzen = time.monotonic() - start
    parzen(generated, train, valid, test)
    whole = time.monotonic() - start
    print(
        f"{count:,} samples of {len(sets)} sets, {FEATURES} features: {without_parzen:.1f} s; "
        f"with the Parzen window {whole:.1f} s; {memory.most() / 1024:.2f} GB"
    )


if __name__ == "__main__":
    main()
