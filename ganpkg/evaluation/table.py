"""What was found, as numbers: for `reports/metrics.json`, `reports/evaluation.json` and people.

`values` are, for each set of samples (`generated`, `real` ...), what the metrics returned.
"""

import numpy as np

RESAMPLES = 1000
LEVEL = 0.95
WITH_INTERVALS = ("generated", "real")
SHOWN = (
    "fid", "kid", "precision", "recall", "density", "coverage", "class_kl", "classes_covered",
    "asked_class_accuracy", "told_apart_accuracy", "copying_c_t", "modes_found",
    "high_quality_share", "sliced_wasserstein",
)  # fmt: skip


def flat(values: dict[str, dict]) -> dict[str, float]:
    """`<name>` of the generated samples and `<name>_control` of the real ones."""
    numbers = {}
    for name, value in values["generated"].items():
        numbers[name] = number(value)
        if name in values["real"]:
            numbers[f"{name}_control"] = number(values["real"][name])
    return numbers


def full(values: dict[str, dict]) -> dict[str, dict]:
    """`numbers`, name -> set -> number, and `intervals`, name -> set -> (low, high)."""
    names = list(values["generated"])
    return {
        "numbers": {
            name: {of: number(values[of][name]) for of in values if name in values[of]}
            for name in names
        },
        "intervals": {
            name: {of: interval(values[of][name]) for of in WITH_INTERVALS}
            for name in names
            if np.ndim(values["generated"][name])
        },
    }


def text(values: dict[str, dict]) -> str:
    """The numbers that are looked at first, as far as there are such, a line each, a column a
    set."""
    lines = [" " * 24 + "".join(f"{name:>12}" for name in values)]
    for name in SHOWN:
        if name in values["generated"]:
            row = [
                f"{number(found[name]):12.4f}" if name in found else f"{'-':>12}"
                for found in values.values()
            ]
            lines.append(f"{name:24}{''.join(row)}")
    return "\n".join(lines)


def number(value) -> float:
    return float(np.mean(value))


def interval(value: np.ndarray) -> tuple[float, float]:
    """The bootstrap's 95 % interval of a mean over samples.

    It tells how much hangs on which samples were judged, the other set being what it is.
    """
    from scipy.stats import bootstrap

    found = bootstrap(
        (np.asarray(value, float),),
        np.mean,
        n_resamples=RESAMPLES,
        confidence_level=LEVEL,
        method="percentile",
        batch=100,
        rng=np.random.default_rng(0),
    ).confidence_interval
    return float(found.low), float(found.high)
