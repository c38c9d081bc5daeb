"""The memory that the evaluation uses. For its time, see the benchmark."""

import re
import subprocess
import sys

import pytest

from tests.pipeline import ROOT

SHORT = """
from benchmarks import evaluation
evaluation.classifier.STEPS = 5
evaluation.main(0.25, 400)
"""


@pytest.mark.slow
def test_a_set_on_the_disk_is_never_in_memory_as_a_whole():
    """As floats its train split alone would take 0.8 GB."""
    command = [sys.executable, "-c", SHORT]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    most, before = map(float, re.search(r"; ([\d.]+) GB, ([\d.]+) GB", done.stdout).groups())
    assert most - before < 1.2, done.stdout
