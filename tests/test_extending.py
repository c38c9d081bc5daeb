"""What docs/extending.md says: each addition is one file and its section of params.yaml."""

import json
import re

import pytest

from tests.pipeline import MIN_SAMPLES, ROOT, STAGES

# A place in backquotes, perhaps the section that goes with it, and the file's content.
ADDITION = re.compile(
    r"`(?P<file>ganpkg/[a-z_/]+\.py)`(?:, and[^`]+`(?P<section>[^`]+)`)?[^`]*"
    r"```python\n(?P<code>.*?)```",
    re.DOTALL,
)
METRIC = "ganpkg/evaluation/metrics/energy_distance.py"


@pytest.mark.slow
def test_each_addition_is_one_file_and_its_section(fresh):
    page = (ROOT / "docs/extending.md").read_text()
    found = {match["file"]: match for match in ADDITION.finditer(page)}
    # The metric's package and name stand apart.
    code = page[page.index("## A metric") :].partition("```python\n")[2].partition("```")[0]
    sections = [match["section"] for match in found.values()]
    assert len(found) == len(list(filter(None, sections))) == 3
    for name, match in found.items():
        assert not (fresh.folder / name).exists()
        (fresh.folder / name).write_text(match["code"])
    with (fresh.folder / "params.yaml").open("a") as params:
        params.write("".join(f"{section}\n" for section in sections))
    assert fresh.stages_with_own_changes() == []  # nothing of it is chosen
    (fresh.folder / METRIC).write_text(code)
    assert fresh.stages_with_own_changes() == ["evaluate", "report"]
    fresh.set_params(dataset="stripes", architecture="linear", objective="logistic")
    fresh.set_params(**{"logistic.temperature": 2.0}, num_samples=MIN_SAMPLES)
    assert fresh.stages_with_own_changes() == list(STAGES[1:])
    judge = "ganpkg/evaluation/classifier.py"  # good or bad, it does not matter here
    text = fresh.read(judge).replace("STEPS = 1500", "STEPS = 50")
    (fresh.folder / judge).write_text(text)
    fresh.dvc("repro")
    metrics = json.loads(fresh.read("reports/metrics.json"))
    assert {"energy_distance", "energy_distance_control"} <= set(metrics)
    assert json.loads(fresh.read("data/prepared/classes.json")).keys() == {"rows", "columns"}
    (run,) = fresh.mlflow_runs()
    expected = {"objective": "logistic", "logistic.temperature": "2.0", "linear.scale": "1.0"}
    assert expected.items() <= run.data.params.items() and "fid" in run.data.metrics
