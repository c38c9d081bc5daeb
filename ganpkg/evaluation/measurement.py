"""Computes all metrics."""

from tqdm import tqdm

from ganpkg.evaluation.controls import DRAWS, Pools
from ganpkg.evaluation.metrics import SET_METRICS, SPLIT_METRICS
from ganpkg.evaluation.sample_set import SampleSet


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
