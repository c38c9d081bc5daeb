"""How a stage's process ends."""

import os
import signal
import subprocess
import sys
import time

import pytest


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


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs the device /dev/full")
def test_a_full_disk_is_told():
    done = ended("""
def main():
    with open('/dev/full', 'w') as file:
        file.write('x' * 100_000)
""")
    assert done.returncode == 2 and "No space left on device" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_bug_keeps_its_traceback():
    done = ended("def main(): 1 / 0")
    assert done.returncode == 1 and "ZeroDivisionError" in done.stderr


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
