"""Metrics describe themselves, and tables, report and MLflow use the descriptions."""

import re
import shutil
import subprocess
import sys

import pytest

from ganpkg.evaluation import description
from ganpkg.evaluation.description import Group, Level, Number, metric
from ganpkg.evaluation.metrics import METRICS
from tests.pipeline import ROOT

DIRECTIONS = {description.LOWER, description.HIGHER, description.AS_REAL, description.HALF}
SHOW = """
import numpy as np
from ganpkg import comparison
from ganpkg.evaluation import table
from ganpkg.evaluation.sample_set import SampleSet
from ganpkg.evaluation.metrics import METRICS
from ganpkg.report import results

random = np.random.default_rng(0)
reals, real, generated = (
    SampleSet(shift + random.normal(size=(60, 3)), np.empty((60, 0)), None) for shift in (0, 0, 1)
)
found = {"generated": {}, "real": {}}
for metric in METRICS:
    if not metric.takes_splits:
        found["generated"] |= metric(reals, generated)
        found["real"] |= metric(reals, real)
values = {of: {name: [v, v] for name, v in each.items()} for of, each in found.items()}
assert found["generated"]["energy_distance"] > found["real"]["energy_distance"] > 0
evaluation = table.summarize(values)
assert {"energy_distance", "energy_distance_control"} <= set(table.headline(evaluation))
assert "energy_distance " in table.text(evaluation)
numbers = dict(results.groups(evaluation))["Distance from the data"]
assert [number.name for number in numbers] == ["fid", "kid", "energy_distance"]
assert "energy_distance" in [name for name, *_ in results.headline(evaluation)]
assert "energy_distance" in comparison.SECTIONS["Numbers"][1]
"""


@pytest.mark.parametrize("described", METRICS, ids=lambda metric: metric.name)
def test_a_metric_is_described_in_full(described):
    assert described.group in Group
    assert re.search(r" (19|20)\d\d, ", described.paper)
    assert described.blind_spot.endswith(".") and described.numbers
    for number in described.numbers:
        assert number.description and number.goal in DIRECTIONS and number.name.isascii()
        assert number.level == Level.HEADLINE or not (number.control or number.spread)


def test_a_number_that_is_not_described_is_an_error():
    @metric(
        Number("known", "a number", description.LOWER),
        Number("each_*", "a number per class", description.LOWER),
        group=Group.DISTANCE, order=1, paper="", blind_spot="",
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
