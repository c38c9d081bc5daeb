"""Few cases in which every pair of values stands together, in place of all combinations."""

from itertools import combinations


def covering(rows: list[dict]) -> list[dict]:
    """Some of the rows: every pair of values that any row has, one of these has.

    Takes the row with the most pairs that are missing, until none is; the first of several.
    """
    missing, chosen = set().union(*map(pairs, rows)), []
    while missing:
        chosen.append(max(rows, key=lambda row: len(missing & pairs(row))))
        missing -= pairs(chosen[-1])
    return chosen


def pairs(row: dict) -> set:
    return set(combinations(row.items(), 2))
