"""The grids of the tests: every pair of values that fits together is in some case."""

from itertools import product

from tests.covering import covering, pairs
from tests.training.trainings import kinds, trainings

GRID = "architecture", "objective", "update"


def test_a_covering_by_hand():
    """Of eight combinations of three pairs of values, four will do."""
    rows = [dict(zip("abc", values)) for values in product((0, 1), repeat=3)]
    chosen = covering(rows)
    assert len(chosen) == 4
    assert set().union(*map(pairs, chosen)) == set().union(*map(pairs, rows))


def test_every_pair_that_fits_together_is_trained():
    every, trained = kinds(*GRID).values(), trainings().values()
    assert len(every) > 55 and len(trained) < 25
    assert set().union(*map(pairs, every)) <= set().union(*map(pairs, trained))
