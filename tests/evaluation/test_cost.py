"""The memory that evaluation takes. Its time is a matter of the machine: see the benchmark."""

import re
import subprocess
import sys

import pytest

from tests.pipeline import ROOT


@pytest.mark.slow
def test_ten_thousand_samples_take_less_than_two_gigabytes():
    command = [sys.executable, "-m", "benchmarks.evaluation"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert float(re.search(r"([\d.]+) GB", done.stdout)[1]) < 2, done.stdout
