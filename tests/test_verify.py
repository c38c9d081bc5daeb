"""`python -m ganpkg.verify`: the recorded bytes again, or what differs and why."""

import sys
import time

import pytest
import yaml

from ganpkg.storage import md5

COMMAND = sys.executable, "-m", "ganpkg.verify"


@pytest.mark.slow
def test_the_same_bytes_again_without_a_trace(fresh):
    """With stages of a matrix, and with a file that git does not track."""
    path = fresh.folder / "dvc.yaml"
    path.write_text(
        path.read_text().replace(
            "\nplots:\n",
            """
  extra:
    matrix:
      part: [a, b]
    cmd: cat own.txt > reports/${item.part}.txt
    deps: [own.txt]
    outs:
      - reports/${item.part}.txt

plots:
""",
        )
    )
    (fresh.folder / "own.txt").write_text("untracked\n")
    fresh.dvc("repro", "extra")
    state = "git", "status", "--porcelain"
    before = md5(fresh.folder / "dvc.lock"), fresh.run(*state)
    output = fresh.run(*COMMAND)
    assert "bit-identical: all outputs of 9 stages are those that dvc.lock records" in output
    assert "environment" not in output.splitlines()[-1]
    assert (md5(fresh.folder / "dvc.lock"), fresh.run(*state)) == before
    assert fresh.mlflow_runs() == []


@pytest.mark.slow
def test_other_kernels_are_found_and_named(fresh):
    for file in ("dvc.yaml", "dvc.lock"):  # without the stages that follow the training
        content = yaml.safe_load(fresh.read(file))
        for stage in ("generate", "evaluate", "report"):
            del content["stages"][stage]
        content.pop("plots", None)
        (fresh.folder / file).write_text(yaml.safe_dump(content, sort_keys=False))
    flag = fresh.environment["XLA_FLAGS"] = "--xla_cpu_enable_fast_math=true"
    output = fresh.run(*COMMAND, status=1)
    assert "differs: models/discriminator.keras, of stage train, is the first output to" in output
    (flags,) = (line for line in output.splitlines() if line.startswith("  flags: "))
    assert f"XLA_FLAGS={flag}" in flags.rpartition(", now ")[2]


def test_a_changed_parameter_is_told_at_once(fresh):
    fresh.set_params(epochs=5)
    began = time.monotonic()
    output = fresh.run(*COMMAND, status=2)
    told = "verify: dvc.lock: stage train was run with another params.yaml; `dvc repro` first\n"
    assert output == told
    assert time.monotonic() - began < 15


@pytest.mark.slow
def test_a_changed_command_is_told_at_once(fresh):
    pipeline = fresh.read("dvc.yaml").replace("exec python -m stages.train", "exec false")
    (fresh.folder / "dvc.yaml").write_text(pipeline)
    output = fresh.run(*COMMAND, status=2)
    assert (
        output == "verify: dvc.lock: stage train was run with another command; `dvc repro` first\n"
    )


def test_without_a_record(fresh):
    (fresh.folder / "dvc.lock").unlink()
    output = fresh.run(*COMMAND, status=2)
    assert output == "verify: dvc.lock: no such file; `dvc repro` makes it\n"
