"""All metrics together."""

from tqdm import tqdm

from ganpkg.evaluation.controls import DRAWS, Pools
from ganpkg.evaluation.embedded import Embedded
from ganpkg.evaluation.metrics import METRICS


def measure(reference: Embedded, samples: Embedded) -> dict[str, float]:
    """The numbers of every metric for which there are enough samples."""
    numbers = {}
    for metric in METRICS:
        if not metric.whole and len(samples) >= metric.min_samples:
            numbers |= metric(reference, samples)
    return numbers


def left_out(count: int) -> dict[str, int]:
    """The metrics that need more samples than `count`, and how many they need."""
    return {
        metric.name: metric.min_samples
        for metric in METRICS
        if not metric.whole and count < metric.min_samples
    }


def measure_draws(pools: Pools) -> dict[str, dict[str, list[float]]]:
    """Set -> name -> a number per draw."""
    values: dict[str, dict[str, list[float]]] = {}
    for sets in tqdm(pools.draws(), "draws measured", DRAWS, disable=None):
        for of, pair in sets.items():
            for name, value in measure(*pair).items():
                values.setdefault(of, {}).setdefault(name, []).append(value)
    return values


def measure_whole(generated, train, valid, test) -> dict[str, dict[str, float]]:
    """Metric -> name -> number, of the metrics that take whole splits, (n, *sample) each."""
    found = {
        metric.name: metric(generated, train, valid, test) for metric in METRICS if metric.whole
    }
    return {name: numbers for name, numbers in found.items() if numbers}
