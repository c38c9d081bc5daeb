"""Rounds numbers to the digits that their uncertainty allows."""

import math


def round_to_spread(mean: float, spread: float) -> tuple[float, float]:
    """Rounds both numbers to the digits that the spread allows; without spread, to four."""
    if spread <= 1e-9 * abs(mean):
        return float(f"{mean:.4g}"), 0.0
    digits = decimal_places(spread)
    return round(mean, digits), round(spread, digits)


def decimal_places(spread: float) -> int:
    """The decimal places that leave the spread one digit, or two if the first is a 1."""
    first = math.floor(math.log10(spread))
    return (1 if float(f"{spread:.1g}") / 10**first < 1.5 else 0) - first
