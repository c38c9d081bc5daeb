"""The same training gives the same bytes again, in another process, whatever is trained.

In the other process those with options go on from the end of a shorter training; and it may use
one core alone.
"""

import json
import os
import shutil
import subprocess
import sys

import pytest

from ganpkg.section import choices
from tests.pipeline import ROOT
from tests.training.conftest import names_tested
from tests.training.trainings import trainings, with_options

pytestmark = pytest.mark.timeout(1800)
ONE_CORE = ("taskset", "-c", str(min(os.sched_getaffinity(0)))) if shutil.which("taskset") else ()


@pytest.fixture(scope="module")
def twice(finished, request):
    """Of two processes: name of a training -> file -> md5, for those trainings that are tested."""
    names = names_tested(request)
    where = [str(finished.folder / name) for name in ("data/prepared", "models/classifier.keras")]
    command = [sys.executable, "-m", "tests.training.trainings", *where]
    pipe = subprocess.PIPE
    both = [
        subprocess.Popen([*prefix, *command, stop, *names], cwd=ROOT, stdout=pipe, stderr=pipe)
        for prefix, stop in (((), "0"), (ONE_CORE, "16"))
    ]
    ends = [process.communicate() for process in both]
    for process, (_, errors) in zip(both, ends):
        assert process.returncode == 0, errors.decode()[-2000:]
    return [json.loads(output) for output, _ in ends]


@pytest.mark.slow_but_one
@pytest.mark.parametrize("name", trainings())
def test_the_same_bytes_again(twice, name):
    first, second = (md5s[name] for md5s in twice)
    files = {"generator.keras", "discriminator.keras", "history.csv", "samples"}
    assert set(first) == files
    assert first == second


def test_every_architecture_also_goes_on_from_a_shorter_training():
    assert {name.partition(",")[0] for name in with_options()} == set(choices("ganpkg.networks"))


@pytest.mark.slow
def test_different_trainings_give_different_bytes(twice):
    """Which is why the equality above says something."""
    md5s = twice[0]
    for file in ("generator.keras", "history.csv"):
        assert len({of[file] for of in md5s.values()}) == len(md5s), file
