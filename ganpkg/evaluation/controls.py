"""The sets that every report holds beside the generated samples, of equally many samples.

What a metric says of them tells what it is worth: `real` is the best that can be had, and a
metric that prefers another set to it, or does not notice it, is blind to what ails that set.
"""

import numpy as np

from ganpkg.datasets.dataset import Split

CONTROLS = {
    "real": "the valid split",
    "memoriser": "samples of the train split, as a generator that copies makes them",
    "half": "likewise, every second class alone; without labels, those of a mean below the median",
    "noise": "every value drawn evenly from the train split's least to its greatest",
}


def control_sets(train: Split, valid: Split, count: int) -> dict[str, Split]:
    """`CONTROLS`, in their order, of `count` samples each; without `half`, if it has fewer."""
    half = np.random.default_rng(0).permutation(_half(train))[:count]
    sets = {
        "real": valid.drawn(count),
        "memoriser": train.drawn(count),
        "half": Split(train.samples[half], train.labels[half]),
        "noise": _noise(train, count),
    }
    return {name: split for name, split in sets.items() if len(split.samples) == count}


def _half(train: Split) -> np.ndarray:
    if train.classes > 1:
        return np.flatnonzero(train.labels % 2 == 0)
    means = train.samples.mean(axis=tuple(range(1, train.samples.ndim)))
    return np.flatnonzero(means < np.median(means))


def _noise(train: Split, count: int) -> Split:
    random = np.random.default_rng(0)
    low, high, kind = train.samples.min(), train.samples.max(), train.samples.dtype
    shape = (count, *train.samples.shape[1:])
    if kind == np.uint8:
        noise = random.integers(low, high, shape, kind, endpoint=True)
    else:
        noise = random.uniform(low, high, shape).astype(kind)
    return Split(noise, (np.arange(count) % train.classes).astype(train.labels.dtype))
