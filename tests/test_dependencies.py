"""dvc.yaml names all the code whose change may change what a stage makes, and nothing else."""

import ast
import re

import pytest
import yaml

from ganpkg.record import EVALUATION
from ganpkg.versions import FILE
from tests.pipeline import ROOT

STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
# They decide what is said, refused and logged, not what comes out.
WITHOUT_EFFECT = {
    f"ganpkg/{name}.py"
    for name in (
        "errors", "git", "lazy", "params", "preset", "process", "record", "section", "stage",
        "sync", "tracking", "tracking_store", "versions", "yaml_text",
    )
}  # fmt: skip
# Of its samples the training draws pictures for MLflow alone.
FOR_MLFLOW = {"train": {"ganpkg/sampling/pictures.py", "ganpkg/sampling/scatter.py"}}


def run_by(stage: str) -> set[str]:
    """The files of this repository that a stage runs."""
    names, files = set(), set()
    while not names >= (named := attributes(files)) or not files:
        names |= named
        without = WITHOUT_EFFECT | FOR_MLFLOW.get(stage, set())
        files = imported(f"stages.{stage}", without, set(), names)
    return files


def attributes(files: set[str]) -> set[str]:
    """All names that stand behind a dot."""
    nodes = (node for file in files for node in ast.walk(ast.parse((ROOT / file).read_text())))
    return {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def without_methods(tree: ast.Module, names: set[str]) -> None:
    """Removes the methods of other names from the classes of a file."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            node.body = [part for part in node.body if getattr(part, "name", None) in names]


def imported(module: str, without: set[str], seen: set[str], names: set[str]) -> set[str]:
    """The files that a module runs, its own among them.

    Args:
        names: of the methods that are called of a kind of data, which has some for other stages.
    """
    place = module.replace(".", "/")
    for file in (f"{place}.py", f"{place}/__init__.py"):
        if (ROOT / file).is_file() and file not in seen | without:
            tree = ast.parse((ROOT / file).read_text())
            if len(tree.body) > 1:  # more than a docstring
                seen.add(file)
            if "iter_modules" in (ROOT / file).read_text():  # it imports all of its package
                for path in sorted((ROOT / file).parent.glob("*.py")):
                    imported(f"{module}.{path.stem}", without, seen, names)
            if place.startswith("ganpkg/kinds/"):
                without_methods(tree, names)
            for node in ast.walk(tree):
                if isinstance(node, ast.Import):
                    for alias in node.names:
                        imported(alias.name, without, seen, names)
                elif isinstance(node, ast.ImportFrom):
                    for part in ("", *(f".{alias.name}" for alias in node.names)):
                        imported(f"{node.module}{part}", without, seen, names)
    return seen


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage != "check"])
def test_a_stage_depends_on_the_code_it_runs(stage):
    places = [f"{place}/" for place in STAGES[stage]["deps"]]
    files = run_by(stage)
    assert f"stages/{stage}.py" in files and len(files) > 2
    assert [file for file in sorted(files) if not f"{file}/".startswith(tuple(places))] == []


def test_what_follows_the_training_has_parameters_of_its_own():
    """MLflow tells runs of one model apart by them."""
    before, after = (
        {key for name in names for key in STAGES[name]["params"] if isinstance(key, str)}
        for names in (("prepare", "classifier", "train"), ("generate", "evaluate"))
    )
    assert after - before == set(EVALUATION)


def change(repository, file: str) -> None:
    (repository.folder / file).write_text(repository.read(file) + "\n# changed\n")


def set_version(repository, package: str) -> None:
    text = re.sub(f"^{package}: .*$", f"{package}: another", repository.read(FILE), flags=re.M)
    (repository.folder / FILE).write_text(text)


@pytest.mark.slow
def test_a_stage_runs_again_only_if_its_own_things_change(fresh):
    for key, stages in {
        "num_samples": ["generate", "report"],
        "sample_seed": ["generate", "report"],
        "seed": ["train", "report"],
        "epochs": ["train", "report"],
        "generator.momentum": ["train", "report"],
        "mlp.generator_units": ["train", "report"],
        "non_saturating.label_smoothing": ["train", "report"],
        "split_seed": ["prepare", "report"],
        "threads": ["classifier", "train", "generate", "evaluate", "report"],
    }.items():
        fresh.set_params(**{key: 200})
        assert fresh.stages_with_own_changes() == stages, key
        fresh.run("git", "checkout", "--quiet", "params.yaml")
    for package, stages in {
        "keras": ["classifier", "train", "generate", "evaluate", "report"],
        "tensorflow": ["classifier", "train", "generate", "evaluate", "report"],
        "matplotlib": ["generate", "evaluate", "report"],
    }.items():
        set_version(fresh, package)
        assert fresh.stages_with_own_changes() == stages, package
        fresh.run("git", "checkout", "--quiet", FILE)
    for file, stages in {
        "ganpkg/evaluation/metrics/fid.py": ["evaluate", "report"],
        "ganpkg/evaluation/classifier.py": ["classifier", "train", "evaluate", "report"],
        "ganpkg/report/results.py": ["report"],
        "ganpkg/training/algorithm.py": ["train"],
        "ganpkg/datasets/digits.py": ["prepare"],
        "ganpkg/networks/mlp.py": ["train"],
        "ganpkg/objectives/non_saturating.py": ["train", "evaluate"],
        "ganpkg/sampling/pictures.py": ["generate"],
    }.items():
        change(fresh, file)
        assert fresh.stages_with_own_changes() == stages, file
        fresh.run("git", "checkout", "--quiet", file)
    # All at once what is not chosen, and what has no effect
    fresh.set_params(**{"dcgan.filters": 200, "wasserstein.clip": 200, "folder.size": 200})
    set_version(fresh, "jax")
    for file in (
        "ganpkg/datasets/folder.py", "ganpkg/networks/dcgan.py", "ganpkg/objectives/hinge.py",
        "ganpkg/tracking.py", "ganpkg/tracking_store.py", "README.md",
    ):  # fmt: skip
        change(fresh, file)
    assert fresh.stages_with_own_changes() == []
