"""What was found, as numbers: for `reports/metrics.json`, `reports/evaluation.json` and people.

`values` are, for each set of samples (`generated`, `real` ...), what the metrics said of every
draw: name -> numbers. Given are their mean and their standard deviation, the spread, which decides
to how many digits.
"""

import math

import numpy as np

HEADLINE = (
    "fid", "precision", "coverage", "told_apart_accuracy", "class_kl", "asked_class_accuracy",
    "copying_c_t", "modes_found", "high_quality_share", "column_distance",
)  # fmt: skip
WITH_SPREAD = ("fid",)
WITH_CONTROL = ("fid", "precision", "coverage", "class_kl", "asked_class_accuracy")
SHOWN = (
    "fid", "kid", "precision", "recall", "density", "coverage", "class_kl", "classes_covered",
    "asked_class_accuracy", "told_apart_accuracy", "copying_c_t", "modes_found",
    "high_quality_share", "column_distance", "sliced_wasserstein",
)  # fmt: skip
DIGITS = 4  # of a number that does not vary


def headline(values: dict[str, dict]) -> dict[str, float]:
    """The dozen numbers to decide by: `<name>` of the generated samples, `<name>_control` of the
    real ones, and `..._spread`."""
    numbers = {}
    for name in filter(values["generated"].get, HEADLINE):
        for of, suffix in (("generated", ""), ("real", "_control")):
            if name in values[of] and (not suffix or name in WITH_CONTROL):
                mean, spread = summary(values[of][name])
                numbers[name + suffix] = mean
                if name in WITH_SPREAD:
                    numbers[f"{name}{suffix}_spread"] = spread
    return numbers


def full(values: dict[str, dict]) -> dict[str, dict]:
    """`numbers` and `spreads`, each name -> set -> number, of what the generated samples have."""
    summaries = {
        name: {of: summary(found[name]) for of, found in values.items() if name in found}
        for name in values["generated"]
    }
    return {
        kind: {
            name: {of: s[part] for of, s in of_sets.items()} for name, of_sets in summaries.items()
        }
        for part, kind in enumerate(("numbers", "spreads"))
    }


def text(values: dict[str, dict]) -> str:
    """The numbers that are looked at first, a line each, a column a set."""
    lines = [" " * 21 + "".join(f"{of:>16}" for of in values)]
    for name in SHOWN:
        if name in values["generated"]:
            cells = (_cell(*summary(of[name])) if name in of else "-" for of in values.values())
            lines.append(f"{name:21}" + "".join(f"{cell:>16}" for cell in cells))
    return "\n".join(lines)


def _cell(mean: float, spread: float) -> str:
    if not spread:
        return f"{mean:g}"
    places = max(0, _places(spread))
    return f"{mean:.{places}f} ± {spread:.{places}f}"


def summary(numbers: list[float]) -> tuple[float, float]:
    """Mean and spread."""
    return rounded(float(np.mean(numbers)), float(np.std(numbers, ddof=1)))


def rounded(mean: float, spread: float) -> tuple[float, float]:
    """Both to as many digits as the spread allows."""
    if spread <= 1e-9 * abs(mean):
        return significant(mean), 0.0
    places = _places(spread)
    return round(mean, places), round(spread, places)


def significant(number: float, digits: int = DIGITS) -> float:
    """Rounded to so many significant digits."""
    return float(f"{number:.{digits}g}")


def _places(spread: float) -> int:
    """Decimal places that leave the spread one digit, or two if the first is a 1."""
    first = math.floor(math.log10(spread))
    return (1 if float(f"{spread:.1g}") / 10**first < 1.5 else 0) - first
