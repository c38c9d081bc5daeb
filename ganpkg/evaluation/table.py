"""The numbers for `reports/metrics.json`, `reports/evaluation.json` and people.

`values` has what the metrics say of each set of samples (`generated`, `real` ...) in each draw:
set -> name -> numbers. Their mean is given with their standard deviation, the spread, to as many
digits as that allows. `whole` has the numbers of the metrics that take whole splits: metric ->
name -> number.
"""

import numpy as np

from ganpkg.evaluation.metric import Level
from ganpkg.evaluation.metrics import METRICS, NUMBERS
from ganpkg.evaluation.rounding import places, rounded


def headline(values: dict[str, dict], whole: dict[str, dict]) -> dict[str, float]:
    """The dozen numbers to decide by: `<name>` of the generated samples, `<name>_control` of the
    real ones, and `..._spread`."""
    of_whole = {name: value for found in whole.values() for name, value in found.items()}
    numbers = {}
    for number in _of_level(Level.HEADLINE):
        for of, suffix in (("generated", ""), ("real", "_control"))[: 1 + number.control]:
            key = number.name + suffix
            if key in of_whole:
                numbers[key] = of_whole[key]
            elif number.name in values["generated"] and number.name in values[of]:
                numbers[key], spread = summary(values[of][number.name])
                if number.spread:
                    numbers[f"{key}_spread"] = spread
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


def text(values: dict[str, dict], whole: dict[str, dict]) -> str:
    """The numbers that are looked at first: a line each, a column a set; a line a whole metric."""
    lines = [" " * 21 + "".join(f"{of:>16}" for of in values)]
    for number in _of_level(Level.TABLE):
        name = number.name
        if name in values["generated"]:
            cells = (_cell(*summary(of[name])) if name in of else "-" for of in values.values())
            lines.append(f"{name:21}" + "".join(f"{cell:>16}" for cell in cells))
    for metric in METRICS:
        if metric.name in whole:
            parts = (f"{n.about} {whole[metric.name][n.name]:g}" for n in metric.numbers)
            lines.append(f"{metric.group}: {', '.join(parts)}")
    return "\n".join(lines)


def _of_level(level: Level):
    return (number for number in NUMBERS if number.level >= level)


def _cell(mean: float, spread: float) -> str:
    if not spread:
        return f"{mean:g}"
    digits = max(0, places(spread))
    return f"{mean:.{digits}f} ± {spread:.{digits}f}"


def summary(numbers: list[float]) -> tuple[float, float]:
    """Mean and spread."""
    return rounded(float(np.mean(numbers)), float(np.std(numbers, ddof=1)))
