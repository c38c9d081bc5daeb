"""Numbers to as many digits as their uncertainty allows."""

import math

DIGITS = 4  # of a number that does not vary


def rounded(mean: float, spread: float) -> tuple[float, float]:
    """Both to as many digits as the spread allows."""
    if spread <= 1e-9 * abs(mean):
        return significant(mean), 0.0
    digits = places(spread)
    return round(mean, digits), round(spread, digits)


def significant(number: float, digits: int = DIGITS) -> float:
    """Rounded to so many significant digits."""
    return float(f"{number:.{digits}g}")


def places(spread: float) -> int:
    """Decimal places that leave the spread one digit, or two if the first is a 1."""
    first = math.floor(math.log10(spread))
    return (1 if float(f"{spread:.1g}") / 10**first < 1.5 else 0) - first
