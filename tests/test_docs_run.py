"""The commands and snippets of README.md and docs/ run. tests/test_docs.py checks their form.

Each command line runs in a copy of a repository whose pipeline has run, from the committed
parameters, except those in `NOT_HERE`.
"""

import ast
import contextlib
import io
import re
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from ganpkg import machine
from ganpkg.evaluation import classifier
from tests import pages
from tests.pipeline import ROOT, STAGES
from tests.test_docs import dvc_parser, override_parser, tracked

TRACKING, TUTORIAL = "docs/tracking.md", "docs/tutorial.md"
# Lines that do not run here, by their beginning: why.
NOT_HERE = {
    r"(\w+=\S+ )?make |python3 -m venv|pip install -|export M": "set up an environment first",
    r"pytest ": "are collected below",
    r"python -m benchmarks\.": "take minutes on a quiet machine: tests/test_benchmarks.py",
    r"python -m ganpkg\.verify": "the whole pipeline once more: tests/test_verify.py",
    r"python -m ganpkg\.preset (?!.*--queue)\S": "train for minutes: tests/test_presets.py",
    r"pip install .*mlflow|parallel ": "need PostgreSQL and hosts: tests/test_sweep.py",
    r"(cp|dvc add) .*inception": "need a download",
    r"export KERAS|dvc repro --force train": "need hosts: tests/test_hosts.py",
}
# What changes in lines that run, so that they take seconds and find what they need.
CHANGES = {
    # tests/test_pipeline.py runs a queue, whose workers would outlive the test here.
    r" && dvc queue start.*": "",
    r"^dvc exp run -S epochs=500$": r"\g<0> -S epochs=5 --name NAME train",
    r"^dvc exp run -S backend=jax$": r"\g<0> check",
    r"--force -S backend=jax$": r"\g<0> -S epochs=1 --single-item train",
    r"/mnt/gans": "$ELSEWHERE/storage",
    # One that starts from a commit with the remote.
    r"^dvc exp push": r"dvc exp remove NAME; dvc exp run -S seed=1 --name NAME check; \g<0>",
    r"^dvc repro --pull$": r"git clone -q $ELSEWHERE/origin $ELSEWHERE/clone; cd $_; \g<0>",
    r"^dvc exp pull": r"cd $ELSEWHERE/clone; \g<0>",
}
# Experiments that train one epoch in this process.
PLAYED = re.compile(r"dvc exp run( -S (?!backend)\S+)+")


def lines_to_run() -> dict[str, list[str]]:
    """Page -> its lines without comments that neither `NOT_HERE` nor an earlier page has."""
    found, earlier = {}, set()
    for page in sorted(pages.ALL, key=lambda page: page.name != TRACKING):
        lines = [re.sub(r"\s+#.*", "", line) for line in page.lines()]
        new = [line for line in lines if line not in earlier]
        found[page.name] = [line for line in new if not any(re.match(p, line) for p in NOT_HERE)]
        earlier |= set(lines)
    return found


LINES = lines_to_run()
PLAYS = {
    line: re.sub(" -S epochs=[0-9]+", "", line)
    for name, lines in LINES.items()
    for line in lines
    if name not in (TRACKING, TUTORIAL) and PLAYED.fullmatch(line)
}


def test_the_lines_that_do_not_run_are_there():
    lines = [line for page in pages.ALL for line in page.lines()]
    for pattern, reason in NOT_HERE.items():
        assert any(re.match(pattern, line) for line in lines), pattern
        assert set(re.findall(r"tests/\w+\.py", reason)) <= tracked()
    for pattern in CHANGES:
        assert any(re.search(pattern, line) for some in LINES.values() for line in some), pattern


def lay_down_data(folder) -> None:
    """Lays down pictures in two classes, and a table."""
    random = np.random.default_rng(0)
    for number, image in enumerate(random.integers(0, 256, (120, 12, 12, 3), np.uint8)):
        place = folder / "data/raw/folder" / "ab"[number % 2]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(place / f"{number}.png")
    table = pd.DataFrame(random.normal(size=(150, 2)), columns=["height", "width"])
    table.to_csv(folder / "data/raw/table.csv", index=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [name for name, lines in LINES.items() if name != TUTORIAL and set(lines) - set(PLAYS)]
)
def test_commands_run(fresh, tmp_path_factory, name):
    lay_down_data(fresh.folder)
    elsewhere = fresh.environment["ELSEWHERE"] = str(tmp_path_factory.mktemp("elsewhere"))
    origin = f"{elsewhere}/origin"
    fresh.run("git", "branch", "--move", "main")
    fresh.run("git", "branch", "my-experiment")
    fresh.run("git", "init", "--quiet", "--bare", "--initial-branch=main", origin)
    fresh.run("git", "remote", "add", "origin", origin)
    fresh.run("git", "push", "--quiet", "--set-upstream", "origin", "main")
    for line in LINES[name]:
        if line not in PLAYS:
            for pattern, change in CHANGES.items():
                line = re.sub(pattern, change, line, count=1)
            if "dvc exp run" in line:
                fresh.run("git", "checkout", "--quiet", "--", "params.yaml", "dvc.lock")
            fresh.run("bash", "-c", line)


def play(repository, line: str, apart: bool = False, **changes) -> str:
    """Runs an experiment, with all that leads to its target; returns the output.

    Args:
        apart: in a process of its own, where XLA compiles as it does for users; else in this one.
    """
    parsed = dvc_parser().parse_args(pages.commands(line)[0][1:])
    overrides = map(override_parser().parse_override, parsed.set_param or [])
    repository.run("git", "checkout", "--quiet", "--", "params.yaml")
    repository.set_params(**{each.key_or_group: each.value() for each in overrides} | changes)
    target = (parsed.targets or ["train"])[0]
    # Those before `train` have run, with the committed data.
    first = "prepare" if "dataset" in line else "train"
    run = repository.play_apart if apart else repository.play
    return run("check", *STAGES[STAGES.index(first) : STAGES.index(target) + 1])


@pytest.mark.slow
def test_experiments_train(fresh, monkeypatch):
    monkeypatch.setattr(classifier, "STEPS", 50)
    lay_down_data(fresh.folder)
    shutil.copytree(fresh.folder / "models", fresh.folder / "data/init/digits")
    small = {"epochs": 1, "batch_size": 16, "folder.size": 8, "dcgan.filters": 4}
    for line in sorted(set(PLAYS.values()), key=lambda line: "dataset" in line):
        if "bfloat16" in line and machine.onednn_limit():
            continue  # refused on this processor
        play(fresh, line, **small)
        assert pd.read_csv(fresh.folder / "reports/history.csv")["epoch"].max() == 1


@pytest.mark.slow
def test_pytest_commands_select_tests():
    commands = {
        tuple(command[1:])
        for page in pages.ALL
        for line in (*page.lines(), *page.code)
        if "pytest tests" in line
        for command in pages.commands(line)
    }
    files = sorted({file for file, *_ in commands})
    collected = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-n0", *files],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for file, *selection in commands:
        assert re.search(rf"^{file}.*{''.join(selection[1:])}", collected, re.MULTILINE)


@pytest.mark.slow
def test_the_logged_generator_in_python(finished, monkeypatch):
    (code,) = next(page for page in pages.ALL if page.name == TRACKING).blocks_of("python")
    run = finished.mlflow_runs()[0]
    unconditional = code.replace("<run id>", run.info.run_id).splitlines()[:-1]
    monkeypatch.chdir(finished.folder)
    exec("\n".join(unconditional), {})


@pytest.mark.slow
def test_samples_become_picture_files(fresh, monkeypatch):
    (code,) = next(page for page in pages.ALL if page.name == "docs/data.md").blocks_of("python")
    monkeypatch.chdir(fresh.folder)
    exec(code, {})
    assert len(list((fresh.folder / "data/generated").glob("*.png"))) == 100


class Session:
    """A Python session that keeps what its expressions give."""

    def __init__(self):
        self.names = {"__name__": "__main__"}

    def run(self, code: str) -> tuple[list, str]:
        """Returns the values that a session would show, and what was printed."""
        values, printed = [], io.StringIO()
        with contextlib.redirect_stdout(printed):
            for node in ast.parse(code).body:
                if isinstance(node, ast.Expr):
                    values.append(eval(ast.unparse(node), self.names))
                else:
                    exec(compile(ast.Module([node], []), TUTORIAL, "exec"), self.names)
        return [value for value in values if value is not None], printed.getvalue()


@pytest.mark.slow
@pytest.mark.skipif(not machine.can_be_portable(), reason="needs AVX2, for the page's numbers")
def test_the_tutorial_says_what_happens(fresh, monkeypatch):
    (page,) = (page for page in pages.ALL if page.name == TUTORIAL)
    (fresh.folder / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    fresh.commit()
    monkeypatch.chdir(fresh.folder)
    text = " ".join(page.text.split())
    fifty, one, minimax, smooth = (line for line in page.lines() if line.startswith("dvc"))
    first, *snippets = page.blocks_of("python")
    latents, reals, _, updates, gradients, keras_3, engines, runs = snippets
    session = Session()

    def says(*expected):
        for sentence in expected:
            assert sentence in text

    def history(line: str) -> pd.DataFrame:
        play(fresh, line, apart=True)
        return pd.read_csv(fresh.folder / "reports/history.csv")

    assert "800 iterations" in play(fresh, fifty, apart=True)  # 1
    rows = pd.read_csv("reports/history.csv")
    assert rows[["step", "epoch"]].iloc[-1].tolist() == [800, 50] and len(rows) == 4
    plain = rows.iloc[-1]

    losses = ["d_loss_real", "d_loss_fake", "g_loss"]
    session.run(first)
    (shapes, same), _ = session.run(latents)  # 2
    says(*(f"{name}`" for name in shapes), *(str(shape) for shape in set(shapes.values())))
    assert same
    replaced, shuffled = re.findall(r"\d+", session.run(reals)[1])  # 3
    says(f"there are {replaced} (", f"in a shuffled pass {int(shuffled):,}.")

    rows = history(one)  # 4
    begin, end = rows.iloc[0], rows.iloc[15]
    says(f"{begin.d_loss_fake:.2f} and {begin.d_loss_real:.2f}. In the 16th row")
    says(
        f"the loss on reals is {end.d_loss_real:.2f} and their accuracy is {end.d_accuracy_real:g}."
    )
    says(f"On fakes the loss is still {end.d_loss_fake:.2f}.")

    (fakes, real, generator), _ = session.run(updates)  # 5
    assert fakes[0] == real[0] == generator[1] == 0
    says(f"change the discriminator by {fakes[1]:.4f} and the generator by {real[0]}.")
    assert {f"{change:.4f}" for change in (fakes[1], real[1], generator[0])} == {"0.0002"}

    lines = session.run(gradients)[1].replace("-", "\N{MINUS SIGN}").split("\n")  # 6
    (low, low_2), (half, half_2), (high, high_2) = (
        (lines[n].split()[-1], lines[n + 1].split()[-1]) for n in (0, 2, 4)
    )
    says(f"it is {low} for `Minimax` and {low_2} for `NonSaturating`", f"both are {half}.")
    assert half == half_2 and (high, high_2) == (low_2, low)

    output = play(fresh, minimax, apart=True)  # 7
    rows = pd.read_csv("reports/history.csv")
    assert "the discriminator makes no mistakes any more" in output
    assert rows.loc[rows["step"] >= 400, losses].abs().max().max() < 1e-5
    output = play(fresh, minimax, apart=True, objective="non_saturating")
    row = pd.read_csv("reports/history.csv").iloc[-1]
    assert "no mistakes" not in output
    says(
        f"`g_loss` is {row.g_loss:.1f} and the accuracies are "
        f"{row.d_accuracy_real:.2f} and {row.d_accuracy_fake:.2f}."
    )

    row = history(smooth).iloc[-1]  # 8
    says(
        f"{row.d_loss_real:.2f}, {row.d_loss_fake:.2f} and {row.g_loss:.2f}, with accuracies of "
        f"{row.d_accuracy_real:.2f} and {row.d_accuracy_fake:.2f}. In step 1 they were "
        f"{plain.d_accuracy_real:.2f} and {plain.d_accuracy_fake:.2f}:"
    )

    ((g, d),), _ = session.run(keras_3)  # 9
    says(f"The generator changes by about {g:.2f}, the discriminator by exactly {d}.")
    ((g, d),), _ = session.run(keras_3.replace("train(False)", "train(True)"))
    assert min(g, d) > 0

    ((last, difference),), _ = session.run(engines)  # 10
    assert difference < 5e-7 and "differ by 1e-7" in text
    np.testing.assert_allclose(last[:3], end[losses], atol=1e-3)

    table = session.run(runs)[0][0]  # 11
    assert any(
        row["params.epochs"] == "50"
        and f"{row['metrics.d_loss_fake']:.2f} and {row['metrics.g_loss']:.2f} for 50." in text
        for _, row in table.iterrows()
    )
