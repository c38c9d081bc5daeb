"""The grids of the tests have what they promise."""

from itertools import product
from typing import get_args

from ganpkg.params import Params
from tests.covering import covering, pairs
from tests.training.trainings import OPTIONS, trainings, with_options


def test_a_covering_by_hand():
    """Of eight combinations of three pairs of values, four will do."""
    rows = [dict(zip("abc", values)) for values in product((0, 1), repeat=3)]
    chosen = covering(rows)
    assert len(chosen) == 4
    assert set().union(*map(pairs, chosen)) == set().union(*map(pairs, rows))


def test_every_choice_and_option_is_trained():
    """And every architecture in every form of update."""
    trained = trainings().values()
    choices = {
        key: get_args(Params.model_fields[key].annotation)
        for key in ("architecture", "objective", "update")
    }
    for key, values in choices.items():
        assert {changes[key] for changes in trained} == set(values)
    for pair in product(choices["architecture"], choices["update"]):
        assert any((changes["architecture"], changes["update"]) == pair for changes in trained)
    for option in OPTIONS.values():
        assert any(option.items() <= changes.items() for changes in trained)
    assert len(trained) < 15 and len(with_options()) == len(OPTIONS)
