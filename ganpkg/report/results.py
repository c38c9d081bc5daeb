"""The results in `reports/evaluation.json`, arranged for the report."""

from collections.abc import Iterator
from itertools import groupby

from ganpkg.evaluation.description import Number
from ganpkg.evaluation.metrics import HEADLINES, METRICS, NUMBERS


def groups(evaluation: dict) -> Iterator[tuple[str, list[Number]]]:
    """Yields the title of each group of metrics that has numbers, with the numbers."""
    for title, metrics in groupby(METRICS, lambda metric: metric.group):
        numbers = [n for m in metrics for n in m.numbers if n.name in evaluation["numbers"]]
        if numbers:
            yield title, numbers


def positions(values: dict[str, float]) -> dict[str, float]:
    """Set -> the position of its value between the lowest, 0, and the highest, 100."""
    low, high = min(values.values()), max(values.values())
    width = 100 / (high - low) if high > low else 0.0
    return {name: (value - low) * width for name, value in values.items()}


def headline(evaluation: dict) -> list[tuple[str, float, float]]:
    """(name, value of the generated samples, value of real samples) of each headline number."""
    pairs = [(number.name, evaluation["numbers"].get(number.name, {})) for number in HEADLINES]
    return [
        (name, values["generated"], values["real"]) for name, values in pairs if "real" in values
    ]


def class_numbers(evaluation: dict) -> dict[str, dict[str, list[float]]]:
    """Title -> set -> one value per class, for the numbers that exist for each class."""
    results = {}
    for number in NUMBERS:
        classes = [values for name, values in evaluation["numbers"].items() if number.matches(name)]
        if number.name.endswith("*") and classes:
            sets = "generated", "real"
            results[number.description] = {s: [values[s] for values in classes] for s in sets}
    return results


def alarms(evaluation: dict) -> list[str]:
    """A warning for each number of the generated samples that does not exceed its alarm."""
    return [
        f"{number.name} {value:.1f}: {number.alarm[1]}"
        for number in NUMBERS
        if number.alarm and number.name in evaluation["numbers"]
        if (value := evaluation["numbers"][number.name]["generated"]) <= number.alarm[0]
    ]
