"""The numbers for `reports/evaluation.json`, `reports/metrics.json` and the console.

An `evaluation` maps `numbers` and `spreads` to name -> set -> value, as `summarize` returns them,
and the name of each metric that takes whole splits to name -> value.
"""

import numpy as np

from ganpkg.evaluation.description import Level
from ganpkg.evaluation.metrics import HEADLINES, NUMBERS, SPLIT_METRICS
from ganpkg.evaluation.rounding import decimal_places, round_to_spread


def summarize(values: dict[str, dict[str, list[float]]]) -> dict[str, dict]:
    """Computes means and standard deviations over the draws, rounded, of each number that the
    generated samples have.

    Args:
        values: set -> name -> one value per draw, as `measure_draws` returns them.
    """
    summary = {"numbers": {}, "spreads": {}}
    for name in values["generated"]:
        pairs = {
            set_name: round_to_spread(float(np.mean(v[name])), float(np.std(v[name], ddof=1)))
            for set_name, v in values.items()
            if name in v
        }
        summary["numbers"][name] = {set_name: mean for set_name, (mean, _) in pairs.items()}
        summary["spreads"][name] = {set_name: spread for set_name, (_, spread) in pairs.items()}
    return summary


def headline(evaluation: dict) -> dict[str, float]:
    """The dozen numbers that decide: `<name>` of the generated samples, `<name>_control` of the
    real control set, and `..._spread`."""
    results = {}
    for metric in SPLIT_METRICS:
        results |= evaluation.get(metric.name, {})
    numbers = {}
    for number in HEADLINES:
        sets = {"generated": number.name}
        if number.control:
            sets["real"] = f"{number.name}_control"
        for set_name, key in sets.items():
            if key in results:
                numbers[key] = results[key]
            elif set_name in evaluation["numbers"].get(number.name, {}):
                numbers[key] = evaluation["numbers"][number.name][set_name]
                if number.spread:
                    numbers[f"{key}_spread"] = evaluation["spreads"][number.name][set_name]
    return numbers


def text(evaluation: dict) -> str:
    """A console table of the main numbers, a line per number and a column per set, followed by a
    line per metric that takes whole splits."""
    numbers, spreads = evaluation["numbers"], evaluation["spreads"]
    sets = list(dict.fromkeys(set_name for row in numbers.values() for set_name in row))
    lines = [" " * 21 + "".join(f"{set_name:>16}" for set_name in sets)]
    for name in (number.name for number in NUMBERS if number.level >= Level.TABLE):
        if name in numbers:
            row = (mean_and_spread(numbers[name].get(s), spreads[name].get(s)) for s in sets)
            lines.append(f"{name:21}" + "".join(f"{cell:>16}" for cell in row))
    for metric in SPLIT_METRICS:
        if metric.name in evaluation:
            values = evaluation[metric.name]
            parts = (f"{n.description} {values[n.name]:g}" for n in metric.numbers)
            lines.append(f"{metric.group}: {', '.join(parts)}")
    return "\n".join(lines)


def mean_and_spread(mean: float | None, spread: float | None) -> str:
    """A mean with its standard deviation, if there is one; "-" without a mean."""
    if mean is None:
        return "-"
    if not spread:
        return f"{mean:g}"
    digits = max(0, decimal_places(spread))
    return f"{mean:z.{digits}f} ± {spread:.{digits}f}"  # z: no -0.0
