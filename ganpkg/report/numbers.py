"""The numbers of `reports/evaluation.json` as rows of a table for people."""

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from ganpkg.evaluation.metric import Level, Metric, Number
from ganpkg.evaluation.metrics import METRICS, NUMBERS

STRIP = 100.0  # the width over which a row's numbers are spread


class Cell(NamedTuple):
    value: float
    spread: float
    """The standard deviation over the draws."""


class Row(NamedTuple):
    number: Number
    cells: dict[str, Cell]
    """Of each set of samples."""
    places: dict[str, float]
    """Where each number lies between the least, 0, and the greatest, 100."""


class Estimate(NamedTuple):
    """A number of a whole metric."""

    about: str
    value: float
    error: float
    details: dict[str, float]
    """Symbol -> what else the metric says with this number."""


def grouped(evaluation: dict) -> Iterator[tuple[str, list[Row]]]:
    """The groups that have numbers, with their rows."""
    for title, metrics in groupby(METRICS, lambda metric: metric.group):
        numbers = (number for metric in metrics for number in metric.numbers)
        rows = [_row(evaluation, n) for n in numbers if n.name in evaluation["numbers"]]
        if rows:
            yield title, rows


def headline(evaluation: dict) -> list[tuple[str, float, float]]:
    """(name, the generator's, the real control's) of what is looked at first."""
    numbers = evaluation["numbers"]
    return [
        (name, numbers[name]["generated"], numbers[name]["real"])
        for name in (number.name for number in NUMBERS if number.level == Level.HEADLINE)
        if "real" in numbers.get(name, {})
    ]


def of_classes(evaluation: dict) -> dict[str, dict[str, list[float]]]:
    """Title -> set -> a number per class, of the numbers that every class has."""
    found = {}
    for number in NUMBERS:
        members = [of for name, of in evaluation["numbers"].items() if number.matches(name)]
        if number.name.endswith("*") and members:
            sets = "generated", "real"
            found[number.about] = {which: [of[which] for of in members] for which in sets}
    return found


def of_whole(evaluation: dict) -> Iterator[tuple[Metric, list[Estimate]]]:
    """The metrics that took whole splits, with their numbers."""
    for metric in METRICS:
        found = evaluation.get(metric.name) if metric.whole else None
        if found:
            yield metric, [_estimate(found, number) for number in metric.numbers]


def of_draws(evaluation: dict) -> list[Metric]:
    """The metrics whose numbers are in the table."""
    return [metric for metric in METRICS if any(map(metric.describes, evaluation["numbers"]))]


def alarms(evaluation: dict) -> list[str]:
    """A warning for each number of the generated samples that is as low as its alarm."""
    return [
        f"{number.name} {value:.1f}: {number.alarm[1]}"
        for number in NUMBERS
        if number.alarm and number.name in evaluation["numbers"]
        if (value := evaluation["numbers"][number.name]["generated"]) <= number.alarm[0]
    ]


def _estimate(found: dict[str, float], number: Number) -> Estimate:
    details = {symbol: found[f"{number.name}_{part}"] for part, symbol in number.details.items()}
    return Estimate(number.about, found[number.name], found[f"{number.name}_error"], details)


def _row(evaluation: dict, number: Number) -> Row:
    numbers, spreads = evaluation["numbers"][number.name], evaluation["spreads"][number.name]
    cells = {of: Cell(value, spreads[of]) for of, value in numbers.items()}
    low, high = min(numbers.values()), max(numbers.values())
    width = STRIP / (high - low) if high > low else 0.0
    places = {of: (value - low) * width for of, value in numbers.items()}
    return Row(number, cells, places)
