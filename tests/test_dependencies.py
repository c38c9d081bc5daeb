"""dvc.yaml names all the code whose change may change what a stage makes."""

import ast

import pytest
import yaml

from ganpkg.record import EVALUATION
from tests.pipeline import ROOT

STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
# They decide what is said, refused and logged, not what comes out.
WITHOUT_EFFECT = {
    f"ganpkg/{name}.py"
    for name in (
        "errors", "git", "params", "preset", "process", "record", "stage", "sync",
        "tracking", "tracking_store",
    )
}  # fmt: skip
# Of its samples the training draws pictures for MLflow alone.
FOR_MLFLOW = {"train": {"ganpkg/sampling/pictures.py"}}


def imported(module: str, without: set[str], seen: set[str]) -> set[str]:
    """The files of this repository that a module runs, its own among them."""
    place = module.replace(".", "/")
    for file in (f"{place}.py", f"{place}/__init__.py"):
        if (ROOT / file).is_file() and file not in seen | without:
            tree = ast.parse((ROOT / file).read_text())
            if len(tree.body) > 1:  # more than a docstring
                seen.add(file)
            for node in ast.walk(tree):
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom):
                    names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
                else:
                    continue
                for name in names:
                    imported(name, without, seen)
    return seen


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_the_code_it_runs(stage):
    places = [f"{place}/" for place in STAGES[stage]["deps"]]
    without = WITHOUT_EFFECT | FOR_MLFLOW.get(stage, set())
    files = imported(f"stages.{stage}", without, set())
    assert f"stages/{stage}.py" in files and len(files) > 2
    assert [file for file in sorted(files) if not f"{file}/".startswith(tuple(places))] == []


def test_what_follows_the_training_has_parameters_of_its_own():
    """MLflow tells runs of one model apart by them."""
    before, after = (
        {key for name in names for key in STAGES[name]["params"]}
        for names in (("prepare", "classifier", "train"), ("generate", "evaluate"))
    )
    assert after - before == set(EVALUATION)
