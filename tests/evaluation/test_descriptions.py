"""Metrics describe themselves; all that shows their numbers derives from that."""

import re
import shutil
import subprocess
import sys

import pytest

from ganpkg.evaluation import metric
from ganpkg.evaluation.metric import Group, Level, Number
from ganpkg.evaluation.metrics import METRICS
from tests.pipeline import ROOT

DIRECTIONS = {metric.LOWER, metric.HIGHER, metric.AS_REAL, metric.HALF}
SHOW = """
import numpy as np
from ganpkg import comparison
from ganpkg.evaluation import table
from ganpkg.evaluation.embedded import Embedded
from ganpkg.evaluation.metrics import METRICS
from ganpkg.report import numbers

random = np.random.default_rng(0)
reals, real, generated = (
    Embedded(shift + random.normal(size=(60, 3)), np.empty((60, 0)), None) for shift in (0, 0, 1)
)
found = {"generated": {}, "real": {}}
for metric in METRICS:
    if not metric.whole:
        found["generated"] |= metric(reals, generated)
        found["real"] |= metric(reals, real)
values = {of: {name: [v, v] for name, v in each.items()} for of, each in found.items()}
assert found["generated"]["energy_distance"] > found["real"]["energy_distance"] > 0
assert {"energy_distance", "energy_distance_control"} <= set(table.headline(values, {}))
assert "energy_distance " in table.text(values, {})
evaluation = table.full(values)
rows = dict(numbers.grouped(evaluation))["Distance from the data"]
assert [row.number.name for row in rows] == ["fid", "kid", "energy_distance"]
assert "energy_distance" in [name for name, *_ in numbers.headline(evaluation)]
assert "energy_distance" in comparison.BARS["Numbers"]
"""


@pytest.mark.parametrize("described", METRICS, ids=lambda metric: metric.name)
def test_a_metric_is_described_in_full(described):
    assert described.group in Group
    assert re.search(r" (19|20)\d\d, ", described.paper)
    assert described.blind.endswith(".") and described.numbers
    for number in described.numbers:
        assert number.about and number.better in DIRECTIONS and number.name.isascii()
        assert number.level == Level.HEADLINE or not (number.control or number.spread)


def test_a_number_that_is_not_described_is_an_error():
    @metric.metric(
        Number("known", "a number", metric.LOWER),
        Number("each_*", "a number per class", metric.LOWER),
        group=Group.DISTANCE, order=1, paper="", blind="",
    )  # fmt: skip
    def example(*names):
        return dict.fromkeys(names, 1)

    assert example("known", "each_0") == {"known": 1.0, "each_0": 1.0}
    with pytest.raises(ValueError, match="metric example: returns known_error"):
        example("known", "known_error")


def test_the_descriptions_need_no_slow_library():
    code = "import sys, ganpkg.comparison; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    slow = {"keras", "matplotlib", "mlflow", "pandas", "scipy", "sklearn", "tensorflow"}
    assert not slow & set(done.stdout.split()) and "numpy" in done.stdout


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(ROOT / "ganpkg", tmp_path / "ganpkg", ignore=shutil.ignore_patterns("__py*"))
    return tmp_path


def run(folder, code):
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True).stderr


def test_a_new_metric_is_one_file(copy):
    """The one in docs/extending.md."""
    page = (ROOT / "docs/extending.md").read_text()
    (code,) = re.findall(r"^## A metric\n.*?```python\n(.*?)```", page, re.DOTALL | re.MULTILINE)
    (copy / "ganpkg/evaluation/metrics/energy_distance.py").write_text(code)
    assert run(copy, SHOW) == ""


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("def bare(reference, samples): return {}", r"metrics\.new: 0 metrics, expected one"),
        ("from ganpkg.evaluation.metrics.fid import fid", "2 metrics describe fid"),
    ],
)
def test_a_file_without_a_metric_of_its_own_is_an_error(copy, code, message):
    (copy / "ganpkg/evaluation/metrics/new.py").write_text(code)
    assert re.search(f"ValueError: .*{message}", run(copy, "import ganpkg.evaluation.metrics"))
