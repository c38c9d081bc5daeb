"""Numbers, warnings and charts of the report."""

import pandas as pd
import pytest
from matplotlib import rc_context

from ganpkg.report import charts, results
from ganpkg.report.page import number

EVALUATION = {
    "numbers": {
        "kid": {"generated": 3.0, "real": 1.0, "noise": 5.0},
        "precision": {"generated": 0.5, "real": 0.5, "noise": 0.5},
        "class_share_0": {"generated": 0.25, "real": 0.5, "noise": 1.0},
        "class_share_1": {"generated": 0.75, "real": 0.5, "noise": 0.0},
        "copying_c_t": {"generated": -3.5, "real": 0.0, "noise": 9.0},
    },
    "spreads": {
        "kid": {"generated": 0.5, "real": 0.25, "noise": 0.0},
        "precision": {"generated": 0.1, "real": 0.05, "noise": 0.0},
        "copying_c_t": {"generated": 1.0, "real": 1.0, "noise": 0.0},
    },
}


def test_numbers_are_grouped_and_have_positions():
    groups = dict(results.groups(EVALUATION))
    assert list(groups) == ["Distance from the data", "Quality and variety", "Copying"]
    assert [number.name for number in groups["Distance from the data"]] == ["kid"]
    kid, precision = EVALUATION["numbers"]["kid"], EVALUATION["numbers"]["precision"]
    assert results.positions(kid) == {"generated": 50.0, "real": 0.0, "noise": 100.0}
    assert set(results.positions(precision).values()) == {0.0}


def test_a_warning_about_copies():
    (warning,) = results.alarms(EVALUATION)
    assert warning.startswith("copying_c_t -3.5: samples lie closer")
    assert results.alarms({"numbers": {"copying_c_t": {"generated": -2.9}}}) == []
    assert results.alarms({"numbers": {}}) == []  # too few samples for the test


def test_shares_of_classes():
    shares = {"generated": [0.25, 0.75], "real": [0.5, 0.5]}
    assert results.class_numbers(EVALUATION) == {"Shares of the classes": shares}
    assert results.class_numbers({"numbers": {}}) == {}


def test_classes_have_their_names():
    svg = charts.bars({"generated": [0.25, 0.75], "real": [0.5, 0.5]}, ["<cat> $_{", "dog"])
    assert ">&lt;cat&gt; $_{<" in svg and ">dog<" in svg


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (10.0, "10"), (16000, "16,000"), (4.58612, "4.586"), (0.0217, "0.0217"),
        (-1.2251, "-1.225"), (1.468e-19, "1.5e-19"), (-3e-6, "-3.0e-06"), (12345.6, "12,346"),
        (0.0, "0"), (9999.4, "9,999"), (9999.6, "10,000"),
    ],
)  # fmt: skip
def test_numbers_for_people(value, text):
    assert number(value) == text


def history(**columns):
    names = ("d_loss_real", "d_loss_fake", "g_loss", "d_accuracy_real", "d_accuracy_fake")
    rows = {"step": [10, 20], **{name: [0.5, 0.6] for name in names}, "diversity": [1.0, 0.9]}
    return pd.DataFrame({**rows, **columns})


def test_curves_are_those_the_history_has_and_the_same_bytes_again():
    first = dict(charts.curves(history()))
    with rc_context({"axes.facecolor": "black", "font.size": 30}):  # a user's own style
        second = dict(charts.curves(history()))
    assert first == second
    assert [title.split()[0] for title in first] == ["Losses", "Accuracies", "Diversity"]
    assert all(svg.startswith("<svg") and svg.rstrip().endswith("</svg>") for svg in first.values())


def test_a_critic_has_a_distance_and_no_accuracies():
    titles = list(dict(charts.curves(history(wasserstein_distance=[2.0, 1.0]))))
    assert "Estimated Wasserstein distance" in titles
    assert not [title for title in titles if "ccurac" in title]


def test_the_chosen_step_is_marked():
    drawn = dict(charts.curves(history(fid_valid=[3.0, 4.0], chosen=[1, 0])))
    assert "chosen: 10" in drawn["FID on the valid split"]
