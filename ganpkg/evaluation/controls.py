"""The sets that every metric is computed on, and how they are drawn.

Beside the generated samples stand four control sets of the same size. What a metric says of them
tells what it is worth: `real` is the best that can be had, and a metric that prefers another set to
it, or does not notice it, is blind to what ails that set.

Every number is the mean over several draws, and stands with their standard deviation. In a draw
every set has equally many samples, and is compared with as many reals. Those are of the test split;
but for `real`, valid and test are split anew in every draw, since how much two sets of reals differ
depends on the split.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ganpkg.datasets.dataset import Split
from ganpkg.evaluation.embedded import Embedded
from ganpkg.evaluation.embedding import Embedding

CONTROLS = {
    "real": "valid and test, split anew in every draw",
    "memoriser": "samples of the train split, as a generator that copies makes them",
    "half": "likewise, every second class alone; without labels, those of a mean below the median",
    "noise": "every value drawn evenly from the train split's least to its greatest",
}
DRAWS = 4
MAX_SAMPLES = 2500  # of a set in a draw: beyond, spreads are small and the cost grows as a square


def set_size(generated: int, valid: int, test: int) -> int:
    """How many samples every set has in a draw; draws of generated samples share none."""
    return min(generated // DRAWS, valid, test, MAX_SAMPLES)


class Pools:
    """What the sets are drawn from, as the metrics see it.

    Args:
        generated: the generated samples.
        count: how many samples a set has, as `set_size` says.
    """

    def __init__(self, embed: Embedding, generated: Split, train, valid, test, count: int):
        self.count, many = count, count * DRAWS
        whole_train = embed(*train)
        classes = whole_train.class_count

        def pool(split: Split) -> Embedded:
            return replace(embed(*split), train=whole_train)

        self.train = replace(whole_train, train=whole_train)
        self.generated = pool(generated.drawn(many))
        self.valid, self.test = pool(valid.drawn(many)), pool(test.drawn(many))
        self.noise = pool(_noise(train, many, classes))
        self.half = _half(train, classes)

    def draws(self) -> Iterator[dict[str, tuple[Embedded, Embedded]]]:
        """Of each set in a draw: reals, and the set to be compared with them. `half` is left out if
        it has too few samples."""
        reals = self.valid + self.test
        for number in range(DRAWS):
            random, count = np.random.default_rng(number), self.count
            part = slice(number * count, (number + 1) * count)
            reference = self.test[random.permutation(len(self.test))[:count]]
            both = random.permutation(len(reals))
            sets = {
                "generated": (reference, self.generated[part]),
                "real": (reals[both[:count]], reals[both[count : 2 * count]]),
                "memoriser": (reference, self.train[random.permutation(len(self.train))[:count]]),
                "half": (reference, self.train[random.permutation(self.half)[:count]]),
                "noise": (reference, self.noise[part]),
            }
            yield {name: pair for name, pair in sets.items() if len(pair[1]) == count}


def _half(train: Split, classes: int) -> np.ndarray:
    if classes:
        return np.flatnonzero(train.labels % 2 == 0)
    means = np.array([sample.mean() for sample in train.samples])
    return np.flatnonzero(means < np.median(means))


def _noise(train: Split, count: int, classes: int) -> Split:
    random = np.random.default_rng(0)
    low, high, dtype = train.samples.min(), train.samples.max(), train.samples.dtype
    shape = (count, *train.samples.shape[1:])
    if dtype == np.uint8:
        noise = random.integers(low, high, shape, dtype, endpoint=True)
    else:
        noise = random.uniform(low, high, shape).astype(dtype)
    return Split(noise, (np.arange(count) % max(1, classes)).astype(train.labels.dtype))
