"""README.md and docs/: everything that they name exists. tests/test_docs_run.py runs commands."""

import ast
import hashlib
import json
import re
import subprocess
from functools import cache
from importlib.util import find_spec
from itertools import zip_longest
from pathlib import Path, PurePath

import pytest
import yaml
from dvc.cli.parser import DvcParserError, get_main_parser
from hydra.core.override_parser.overrides_parser import OverridesParser
from mlflow.cli import cli

from ganpkg import preset
from ganpkg.errors import UserError
from ganpkg.params import read_params
from ganpkg.storage import md5
from tests import pages
from tests.pipeline import ROOT, STAGES

each_page = pytest.mark.parametrize("page", pages.ALL, ids=lambda page: page.name)
WORKFLOW = "docs/ci-pull-request.yml"
# The command that makes a picture; it stands on each page that shows the picture.
PICTURES = {
    "docs/emoji.png": "python -m ganpkg.preset pictures",
    "docs/closest.png": "make repro",
    "docs/digits.png": "make repro",
    "docs/growth.png": "python -m benchmarks.growth",
    "docs/training.png": "python -m ganpkg.preset textbook-mnist-large",
    **{
        f"docs/gallery/{name}.png": f"python -m ganpkg.preset {name}"
        for name in preset.names()
        if (ROOT / f"docs/gallery/{name}.png").exists()  # each takes up to an hour
    },
}
# What stands in backquotes and not in the code: formulas, names of other authors.
FOREIGN = {
    "floor(n / batch_size) * epochs", "define_gan", "generate_latent_points",
    "generate_real_samples", "TF_ENABLE_ONEDNN_OPTS",
}  # fmt: skip
# Files and folders that the reader or a program makes.
MADE = {
    ".dvc/tmp/rwlock", "checkpoints/", "checkpoints/inception-*/*.npz", "data/raw/folder",
    "data/raw/folder/", "data/raw/mnist.npz", "data/raw/table.csv", "~/gan",
}  # fmt: skip
# What docs/extending.md adds: tests/test_extending.py tries it.
ADDED = re.compile(
    r".*\b(logistic|linear|stripes)\b.*|ganpkg/kinds/signals.py|.*\benergy_distance.py"
)


@cache
def tracked() -> frozenset[str]:
    """The files of this repository, and their folders."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return frozenset(
        str(path) for file in files.splitlines() for path in (file, *PurePath(file).parents)
    )


@cache
def words() -> frozenset[str]:
    """All words of the code, the tests and their settings."""
    names = [name for name in tracked() if re.search(r"\.(py|ya?ml|in|toml|j2)$|Makefile", name)]
    names.remove("tests/test_docs.py")
    return frozenset(re.findall(r"\w+", "\n".join((ROOT / name).read_text() for name in names)))


dvc_parser = cache(get_main_parser)
override_parser = cache(OverridesParser.create)


@cache
def shipped():
    return read_params(ROOT / "params.yaml")


@cache
def outputs() -> frozenset[str]:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"].values()
    return frozenset(out for stage in stages for out in (*stage["outs"], *stage.get("metrics", [])))


def check_settings(overrides: list[str], params) -> None:
    """That the keys of options `-S` exist, and that the values are valid, also together."""
    values = {}
    for override in map(override_parser().parse_override, overrides):
        one = not override.is_sweep_override()
        values[override.key_or_group] = [override.value()] if one else override.sweep_iterator()
    for column in zip_longest(*values.values()):
        changes = {key: value for key, value in zip(values, column) if value is not None}
        params = params.changed(changes)


def dvc(*arguments: str, params=None) -> None:
    try:
        parsed = dvc_parser().parse_args(arguments)
    except DvcParserError:
        raise AssertionError(f"not a command of DVC: {' '.join(arguments)}") from None
    if hasattr(parsed, "single_item"):
        assert set(parsed.targets) <= set(STAGES)
        check_settings(getattr(parsed, "set_param", None) or [], params or shipped())


def run_preset(name: str = "NAME", *options: str) -> None:
    changes = {} if name == "NAME" else preset.values(name)
    dvc("exp", "run", *options, params=shipped().changed(changes))


def python(*arguments: str) -> None:
    if not arguments:
        return
    option, module, *rest = arguments
    assert option == "-m" and find_spec(module), arguments
    if module == "ganpkg.preset":
        run_preset(*rest)
    elif module == "benchmarks.gallery":
        for name in rest:
            preset.values(name)
    elif module == "benchmarks.few_pictures":
        check_settings(rest, shipped().changed(preset.values("pictures")))
    elif module != "venv":
        assert not rest and "__main__" in Path(find_spec(module).origin).read_text()


def make(*arguments: str) -> None:
    for variable in re.findall(r"(\w+)=", " ".join(arguments)):
        assert f"$({variable})" in (ROOT / "Makefile").read_text()
    subprocess.run(["make", "--dry-run", *arguments], cwd=ROOT, check=True, capture_output=True)


def pytest_(file: str, *selection: str) -> None:
    assert file in tracked() and selection[:1] in ((), ("-k",))


def pip(*arguments: str) -> None:
    files = re.findall(r"(?<=-r )\S+", " ".join(arguments))
    assert arguments[0] == "install" and set(files) <= tracked()


def export(*assignments: str) -> None:
    for assignment in assignments:
        name, equals, _ = assignment.partition("=")
        assert equals and name in words() | FOREIGN, assignment


def mlflow(command: str, *arguments: str) -> None:
    known = {option for parameter in cli.commands[command].params for option in parameter.opts}
    assert {word for word in arguments if word.startswith("-")} <= known


def parallel(*arguments: str) -> None:
    (template,) = (word for word in arguments if "dvc" in word)
    check_line(re.sub(r"\{\d\}", "1", template))


def taskset(_option: str, _cores: str, *command: str) -> None:
    check_command(list(command))


def of_the_system(*_) -> None:
    """Commands that name nothing of this repository."""


PROGRAMS = {
    "dvc": dvc, "export": export, "make": make, "mlflow": mlflow, "parallel": parallel, "pip": pip,
    "pytest": pytest_, "python": python, "python3": python, "taskset": taskset,
    **dict.fromkeys(
        (".", "cat", "cml", "cp", "echo", "git", "head", "mkdir", "source"), of_the_system
    ),
}  # fmt: skip


def check_command(command: list[str]) -> None:
    while "=" in command[0]:
        export(command.pop(0))
    assert command[0] in PROGRAMS, f"no check for {command[0]}"
    PROGRAMS[command[0]](*command[1:])


def check_line(line: str) -> None:
    for command in pages.commands(line):
        check_command(command)


@each_page
def test_blocks_name_their_language(page):
    assert {language for language, _ in page.blocks} <= {"bash", "python", "text", "yaml"}
    for text in page.blocks_of("python"):
        ast.parse(text)
    for text in page.blocks_of("yaml"):  # fragments of params.yaml
        for key, value in yaml.safe_load(text).items():
            section = value if isinstance(value, dict) else {}
            changes = {f"{key}.{name}": each for name, each in section.items()}
            shipped().changed(changes or {key: value})


@each_page
def test_commands_name_what_exists(page):
    for line in page.lines():
        check_line(line)


def kept_by_git_or_dvc(place: str) -> bool:
    parents = {str(parent) for parent in PurePath(place).parents} & outputs()
    name = PurePath(place).stem
    return place in tracked() | outputs() or bool(parents and name in words())


@each_page
def test_names_in_backquotes_exist(page):
    own = set(re.findall(r"\w+", "\n".join(page.blocks_of("python"))))
    linked = {text for text, _ in page.links}
    wrong = []
    for text in set(page.code) - MADE - FOREIGN - linked:
        first, *rest = text.split()
        try:
            if ADDED.fullmatch(text):
                assert page.name == "docs/extending.md"
            elif text in ("dvc add", "dvc exp apply", "dvc exp push"):
                pass  # they need arguments
            elif (first in PROGRAMS or "=" in first) and rest:
                check_line(text)
            elif first in preset.names():
                run_preset(*text.split())
            elif match := re.fullmatch(r"(?:-S )?([a-z][\w.]*)(?:=|: )([\w.-]+)", text):
                check_settings(["=".join(match.groups())], shipped())
            elif "/" in text:
                assert kept_by_git_or_dvc(text.rstrip("/"))
            else:
                assert set(re.findall(r"[A-Za-z_]\w*", re.sub("<.*?>", "", text))) <= (
                    words() | own | FOREIGN
                )
        except (AssertionError, AttributeError, KeyError, UserError, ValueError) as error:
            wrong.append((text, repr(error)[:200]))
    assert wrong == []


@each_page
def test_links_lead_somewhere(page):
    folder, anchors = PurePath(page.name).parent, {p.name: p.anchors for p in pages.ALL}
    for text, target in page.links:
        place, _, anchor = target.partition("#")
        if "://" in target:
            continue
        name = pages.resolved(folder / place) if place else page.name
        assert name in tracked(), target
        assert not anchor or anchor in anchors[name], target
        if text.endswith(".py"):
            assert name.endswith(text), target


@each_page
def test_linked_files_define_what_the_page_finds_in_them(page):
    found = re.findall(r"((?:`[\w.]+`(?:, | and )?)+)\s+in\s+\[`\S+`\]\((\S+\.py)\)", page.text)
    for names, target in found:
        code = (ROOT / page.name).parent.joinpath(target).read_text()
        for name in re.findall(r"\w+", names.replace(" and ", " ")):
            assert re.search(rf"\b(def|class) {name}\b", code), (name, target)


def test_pictures_are_shown_with_the_command_that_makes_them():
    shown = [
        (pages.resolved(PurePath(page.name).parent / picture), page)
        for page in pages.ALL
        for picture in page.pictures
    ]
    assert {picture for picture, _ in shown} == PICTURES.keys()
    assert {name for name in tracked() if re.match(r"docs/.*\.png", name)} == PICTURES.keys()
    for picture, page in shown:
        assert PICTURES[picture] in page.text, picture


@pytest.mark.parametrize(
    ("picture", "output"),
    [("digits", "reports/real_and_generated.png"), ("closest", "reports/closest/closest.png")],
)
def test_pictures_of_the_default_job_are_those_of_its_record(picture, output):
    """After another default job, copy them: `cp reports/real_and_generated.png docs/digits.png`."""
    file, digest = PurePath(output), md5(ROOT / f"docs/{picture}.png")
    stages = yaml.safe_load((ROOT / "dvc.lock").read_text())["stages"].values()
    recorded = {out["path"]: out["md5"] for stage in stages for out in stage["outs"]}
    if output not in recorded:  # a folder that holds it alone
        listing = json.dumps([{"md5": digest, "relpath": file.name}])
        output, digest = str(file.parent), hashlib.md5(listing.encode()).hexdigest() + ".dir"
    assert recorded[output] == digest


def test_the_readme_is_short():
    text = (ROOT / "README.md").read_text()
    assert len(text.splitlines()) <= 200 and len(text.split()) <= 1600


def test_the_workflow_to_copy():
    workflow = yaml.safe_load((ROOT / WORKFLOW).read_text())
    assert workflow["permissions"] == {"contents": "read", "pull-requests": "write"}
    (job,) = workflow["jobs"].values()
    for step in job["steps"]:
        assert "run" in step or re.search(r"@v\d+$", step["uses"])
        for line in step.get("run", "").splitlines():
            check_line(line)
    assert any("dvc metrics diff" in step.get("run", "") for step in job["steps"])
