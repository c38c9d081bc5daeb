"""Few cases in which all values stand, some of them together, in place of all combinations."""

from collections.abc import Callable
from itertools import combinations


def pairs(row: dict) -> set:
    """All pairs of values."""
    return set(combinations(row.items(), 2))


def covering(rows: list[dict], parts: Callable[[dict], set] = pairs) -> list[dict]:
    """Some of the rows, which have all the parts that any row has.

    Takes the row with the most parts that are missing, until none is; the first of several.
    """
    missing, chosen = set().union(*map(parts, rows)), []
    while missing:
        chosen.append(max(rows, key=lambda row: len(missing & parts(row))))
        missing -= parts(chosen[-1])
    return chosen
