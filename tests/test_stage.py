"""How a stage's process ends."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from tests.pipeline import ROOT

STAGES = "prepare", "classifier", "train", "generate", "evaluate", "report"


def ended(body, **options):
    code = f"from ganpkg import stage\nfrom ganpkg.errors import UserError\n{body}\n"
    command = [sys.executable, "-c", code + 'stage.run("train", main)']
    return subprocess.run(command, capture_output=True, text=True, **options)


def test_a_mistake_takes_a_line_and_status_2():
    done = ended("def main(): raise UserError('params.yaml: epochs: given -1')")
    assert (done.returncode, done.stderr) == (2, "train: params.yaml: epochs: given -1\n")


def test_a_file_that_cannot_be_opened_is_named():
    done = ended("def main(): open('/nowhere/file', 'w')")
    assert (done.returncode, done.stderr) == (
        2,
        "train: /nowhere/file: No such file or directory\n",
    )


WRITERS = {
    "bytes": "storage.write_bytes('out', b'x' * 100_000)",
    "samples": "dataset.save_generated(dataset.Split(np.zeros((400, 8, 8)), None), 'out')",
    "splits": "dataset.save(dataset.Dataset(*3 * [dataset.Split(*2 * [np.zeros(99999)])]), 'out')",
    "picture": "grids.save_png(noise, 'out')",
}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_file_that_cannot_be_written_to_its_end_is_named(tmp_path, writer):
    """A limit on the size of files fails as a full disk does: in the midst of writing."""
    done = ended(
        f"""
import resource, signal
import numpy as np
from ganpkg import storage
from ganpkg.datasets import dataset
from ganpkg.sampling import grids
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
noise = np.random.default_rng(0).integers(0, 256, (200, 200, 1), np.uint8)
def main():
    {WRITERS[writer]}
""",
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 2, done.stderr
    assert re.fullmatch(
        r"train: out\S*: (File too large|\d+ requested and \d+ written)\n", done.stderr
    )
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]


def test_a_place_where_nothing_can_be_written_is_told():
    done = ended("""
def main():
    from ganpkg import storage
    storage.write_bytes('/proc/models/generator.keras', b'content')
""")
    assert (done.returncode, done.stderr) == (2, "train: /proc/models: No such file or directory\n")


def test_a_bug_keeps_its_traceback():
    done = ended("def main(): 1 / 0")
    assert done.returncode == 1 and "ZeroDivisionError" in done.stderr


@pytest.mark.parametrize(
    "bug",
    [
        "os.read(99, 1)",  # bad file descriptor
        "socket.socket().getpeername()",
        "open('out', 'wb').seek(-1)",
        "raise_of_a_library()",
    ],
)
def test_an_error_of_the_system_that_is_a_bug_keeps_its_traceback(tmp_path, bug):
    done = ended(
        f"""
import os, socket
def raise_of_a_library():
    from PIL import Image
    from ganpkg import storage
    with storage.atomic('out') as path:
        Image.new("F", (2, 2)).save(path, "png")  # cannot write mode F as PNG
def main():
    {bug}
""",
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 1 and "Traceback" in done.stderr and "OSError" in done.stderr


def test_a_full_disk_is_told_without_a_name():
    done = ended("def main(): open('/dev/full', 'w').write('x' * 100_000)")
    assert (done.returncode, done.stderr) == (2, "train: No space left on device\n")


@pytest.mark.parametrize(
    "module",
    [*(f"stages.{name}" for name in STAGES), "ganpkg.comparison", "ganpkg.sync", "ganpkg.verify"],
)
def test_arguments_are_refused(module, tmp_path):
    """In a folder without parameters: it is told before anything is read."""
    done = subprocess.run(
        [sys.executable, "-m", module, "--dataset", "ring"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (
        2,
        f"{module.split('.')[1]}: takes no arguments, given --dataset ring; "
        "parameters are set in params.yaml or by dvc exp run -S\n",
    )


def test_programs_beside_the_interpreter_come_first():
    done = ended(
        "def main(): import os; print(os.environ['PATH'])", env={**os.environ, "PATH": "/elsewhere"}
    )
    assert done.stdout == f"{os.path.dirname(sys.executable)}:/elsewhere\n"


@pytest.mark.parametrize("number, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_with_their_status(number, status):
    code = """
import time
from ganpkg import stage
def main():
    print("ready", flush=True)
    time.sleep(60)
stage.run("train", main)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    began = time.monotonic()
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == status and "Traceback" not in errors
    assert time.monotonic() - began < 5


def test_quiet_stderr_drops_what_is_written_below_python(capfd):
    from ganpkg.stage import quiet_stderr

    with quiet_stderr():
        os.write(2, b"greetings\n")
    os.write(2, b"kept\n")
    assert capfd.readouterr().err == "kept\n"
