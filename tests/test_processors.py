"""Processors with other caches give the same bytes, as far as this one can play them."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from ganpkg import machine
from tests.pipeline import ROOT

COMPILER = shutil.which("cc")
PROCESSORS = (
    {"L1": "32", "L2": "512", "L3": "16384"},  # AMD's Zen 2
    {"L1": "48", "L2": "2048", "L3": "262144"},  # Intel's Sapphire Rapids
)


@pytest.mark.slow
@pytest.mark.skipif(not COMPILER, reason="needs a C compiler")
@pytest.mark.skipif(
    "cpuid_fault" not in machine.instructions(), reason="needs a processor that can trap CPUID"
)
def test_other_caches_give_the_same_bytes(tmp_path):
    library = tmp_path / "cpuid.so"
    command = [COMPILER, "-O1", "-shared", "-fPIC", "-o", library, ROOT / "tests/cpuid.c"]
    subprocess.run(command, check=True)
    first, second = (
        json.loads(
            subprocess.run(
                [sys.executable, "-m", "tests.processor_bytes"], cwd=ROOT, check=True,
                stdout=subprocess.PIPE, env={**os.environ, **sizes, "LD_PRELOAD": str(library)},
            ).stdout
        )
        for sizes in PROCESSORS
    )  # fmt: skip
    assert len(first) == 5 and first == second
