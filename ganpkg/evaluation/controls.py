"""The control sets of the metrics, how all sets are drawn, and how they are measured.

Every metric is also computed on four control sets of the same size, which show what its values
mean. `real` is the best possible result. If another set scores better than `real`, or the same, the
metric cannot detect what is wrong with that set.

Every number is the mean over several draws, reported with its standard deviation. In each draw
every set has the same number of samples and is compared with as many samples of the test split.
Only for `real`, valid and test are pooled and split again in each draw, because the distance
between two sets of real samples depends on the split.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from tqdm import tqdm

from ganpkg.datasets.dataset import Split
from ganpkg.evaluation.embedding import Embedding
from ganpkg.evaluation.metrics import SET_METRICS, SPLIT_METRICS
from ganpkg.evaluation.sample_set import SampleSet

CONTROLS = {
    "real": "valid and test, split again in each draw",
    "memoriser": "training samples, like those of a generator that copies",
    "half": "training samples of every second class; without labels, the half with lower means",
    "noise": "uniform values between the minimum and the maximum of the train split",
}
DRAWS = 4
MAX_SAMPLES = 2500  # per set and draw; beyond, spreads are small and the cost grows quadratically


def set_size(generated: int, valid: int, test: int) -> int:
    """The number of samples per set and draw. No generated sample is in two draws."""
    return min(generated // DRAWS, valid, test, MAX_SAMPLES)


class Pools:
    """The embedded samples from which the sets are drawn.

    Args:
        count: the number of samples in a set, see `set_size`.
    """

    def __init__(self, embed: Embedding, generated: Split, train, valid, test, count: int):
        self.count, total = count, count * DRAWS
        whole_train = embed(*train)
        classes = whole_train.class_count

        def pool(split: Split) -> SampleSet:
            return replace(embed(*split), train=whole_train)

        self.train = replace(whole_train, train=whole_train)
        self.generated = pool(generated.random_subset(total))
        self.valid, self.test = pool(valid.random_subset(total)), pool(test.random_subset(total))
        self.noise = pool(_noise(train, total, classes))
        self.half = _half(train, classes)

    def draws(self) -> Iterator[dict[str, tuple[SampleSet, SampleSet]]]:
        """Yields, for each draw, set name -> (real samples, the set to compare with them). `half`
        is left out if it has too few samples."""
        reals, count = self.valid + self.test, self.count
        for number in range(DRAWS):
            random = np.random.default_rng(number)
            part = slice(number * count, (number + 1) * count)
            reference = self.test[random.permutation(len(self.test))[:count]]
            order = random.permutation(len(reals))
            sets = {
                "generated": (reference, self.generated[part]),
                "real": (reals[order[:count]], reals[order[count : 2 * count]]),
                "memoriser": (reference, self.train[random.permutation(len(self.train))[:count]]),
                "half": (reference, self.train[random.permutation(self.half)[:count]]),
                "noise": (reference, self.noise[part]),
            }
            yield {name: pair for name, pair in sets.items() if len(pair[1]) == count}


def _half(train: Split, classes: int) -> np.ndarray:
    """The indices of the training samples of every second class, or with the lower means."""
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


def measure(reference: SampleSet, samples: SampleSet) -> dict[str, float]:
    """The numbers of all metrics for which there are enough samples."""
    numbers = {}
    for metric in SET_METRICS:
        if len(samples) >= metric.min_samples:
            numbers |= metric(reference, samples)
    return numbers


def left_out(count: int) -> dict[str, int]:
    """The metrics that need more than `count` samples, with the number they need."""
    return {m.name: m.min_samples for m in SET_METRICS if count < m.min_samples}


def measure_draws(pools: Pools) -> dict[str, dict[str, list[float]]]:
    """Returns set name -> number name -> one value per draw."""
    values: dict[str, dict[str, list[float]]] = {}
    for sets in tqdm(pools.draws(), "draws measured", DRAWS, disable=None):
        for set_name, pair in sets.items():
            for name, value in measure(*pair).items():
                values.setdefault(set_name, {}).setdefault(name, []).append(value)
    return values


def measure_splits(generated, train, valid, test) -> dict[str, dict[str, float]]:
    """Returns metric name -> number name -> value for the metrics that take whole splits, (n,
    *sample) each."""
    results = {m.name: m(generated, train, valid, test) for m in SPLIT_METRICS}
    return {name: numbers for name, numbers in results.items() if numbers}
