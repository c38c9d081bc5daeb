"""Checkpoints: whole or not taken, of this training or of none.

That a training ends in the same bytes after one, `test_bytes.py` tests for all that is trained,
and `tests/test_kills.py` by force.
"""

import json
import os
import subprocess
import sys
import time

import numpy as np
import pytest

from ganpkg.errors import UserError
from ganpkg.training import pruning
from ganpkg.training.checkpoint import Checkpoints, seconds_between, training_identity
from tests import small
from tests.pipeline import ROOT, flipped

LAST = 200
ARRAYS = {"generator/0": np.arange(6.0).reshape(2, 3), "seed": np.uint32([1, 2])}


@pytest.fixture
def checkpoints(tmp_path, monkeypatch):
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    return Checkpoints({"seed": 0}, LAST)


def row(step):
    return {"step": step, "g_loss": 0.1 + 0.2}


@pytest.fixture
def save(tmp_path):
    """Saves checkpoints at some steps, with a row for every one of them and one file of samples."""
    samples = tmp_path / "0.npy"
    samples.write_bytes(b"samples")

    def save(checkpoints, *steps):
        for step in steps:
            rows = [row(number) for number in range(step)]
            facts = {"step": step, "rows": rows, "progress": {0: samples}, "run_id": "run"}
            checkpoints.save(lambda facts=facts: (ARRAYS, facts))

    return save


def files(checkpoints):
    files = checkpoints.folder.glob("*.npz")
    return sorted(files, key=lambda file: int(file.name.split("-")[0]))


def test_what_was_saved_comes_back_exactly(checkpoints, save):
    assert checkpoints.newest() is None
    save(checkpoints, 8)
    arrays, facts = checkpoints.newest()
    assert set(arrays) == set(ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array)
        assert arrays[name].dtype == array.dtype
    assert facts["step"] == 8 and facts["rows"] == [row(step) for step in range(8)]
    assert facts["progress"] == {0: b"samples"}


def test_the_newest_is_taken_and_the_one_before_is_kept(checkpoints, save):
    save(checkpoints, 8, 16, 128)
    assert checkpoints.newest()[1]["step"] == 128
    assert [int(file.name.split("-")[0]) for file in files(checkpoints)] == [16, 128]


def truncated(content):
    return content[: len(content) // 2]


@pytest.mark.parametrize("damage", [truncated, flipped, lambda content: b""])
def test_a_damaged_one_is_told_and_the_one_before_taken(checkpoints, save, damage, capsys):
    save(checkpoints, 8, 16)
    newest = files(checkpoints)[1]
    newest.write_bytes(damage(newest.read_bytes()))
    assert checkpoints.newest()[1]["step"] == 8
    assert capsys.readouterr().err == f"{newest}: is damaged or of another training; not used\n"


def test_damaged_ones_of_later_steps_never_count_as_kept(checkpoints, save):
    save(checkpoints, 100, 200)
    for file in files(checkpoints):
        file.write_bytes(flipped(file.read_bytes()))
    again = Checkpoints({"seed": 0}, LAST)
    assert again.newest() is None and again.step is None
    save(again, 8)
    assert again.newest()[1]["step"] == again.step == 8
    save(again, 16)
    assert [int(file.name.split("-")[0]) for file in files(again)] == [8, 16]


def test_rows_and_samples_are_written_once(checkpoints, save, tmp_path):
    save(checkpoints, 2)
    journal = checkpoints.folder / "journal"
    first = journal.read_bytes()
    (tmp_path / "0.npy").write_bytes(b"not read again")
    save(checkpoints, 5)
    assert journal.read_bytes() == first + b"".join(
        json.dumps({"row": row(step)}).encode() + b"\n" for step in (2, 3, 4)
    )
    assert len(files(checkpoints)[0].read_bytes()) == len(files(checkpoints)[1].read_bytes())


def test_what_was_added_after_the_checkpoint_is_cut_off(checkpoints, save):
    save(checkpoints, 2)
    journal = checkpoints.folder / "journal"
    with journal.open("ab") as file:  # by a process that was killed before the checkpoint
        file.write(b'{"row": {"step": 2}}\n{"row": {"st')
    again = Checkpoints({"seed": 0}, LAST)
    assert again.newest()[1]["rows"] == [row(0), row(1)]
    save(again, 4)
    assert again.newest()[1]["rows"] == [row(step) for step in range(4)]
    assert len(journal.read_bytes().splitlines()) == 5


def test_a_damaged_journal_is_taken_as_far_as_it_is_whole(checkpoints, save, capsys):
    save(checkpoints, 2, 4)
    journal = checkpoints.folder / "journal"
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-1])
    again = Checkpoints({"seed": 0}, LAST)
    assert again.newest()[1]["rows"] == [row(0), row(1)]
    assert f"{files(again)[1]}: is damaged" in capsys.readouterr().err
    save(again, 3)
    assert again.newest()[1]["step"] == 3 and again.newest()[1]["rows"] == [row(0), row(1), row(2)]
    journal.unlink()
    assert Checkpoints({"seed": 0}, LAST).newest() is None


def test_one_of_another_training_is_not_taken(checkpoints, save):
    other = Checkpoints({"seed": 1}, LAST)
    save(other, 16)
    assert checkpoints.newest() is None
    save(checkpoints, 8)
    (file,) = files(other)
    file.rename(checkpoints.folder / file.name)
    assert checkpoints.newest()[1]["step"] == 8


def test_what_a_killed_process_left_half_written_disturbs_nobody(checkpoints, save):
    save(checkpoints, 8)
    (file,) = files(checkpoints)
    file.with_name(f".16-{file.name}.tmp").write_bytes(b"half")
    assert checkpoints.newest()[1]["step"] == 8


def test_the_end_alone_is_kept(checkpoints, save, monkeypatch):
    save(checkpoints, 8, 16)
    (checkpoints.folder / ".24-half.npz.tmp").write_bytes(b"half")
    checkpoints.finish()
    assert len(list(checkpoints.folder.iterdir())) == 2  # the journal, too
    assert [int(file.name.split("-")[0]) for file in files(checkpoints)] == [16]
    monkeypatch.setenv("GAN_CHECKPOINTS", "0")
    assert checkpoints.newest() is None
    save(checkpoints, 24)
    assert len(files(checkpoints)) == 1
    checkpoints.finish()
    assert not checkpoints.folder.exists()


def test_a_training_goes_on_from_the_newest_that_is_its_beginning(checkpoints, save, capsys):
    shorter, longer = (Checkpoints({"seed": 0}, last) for last in (100, 1000))
    save(shorter, 100)
    save(longer, 150, 300)
    save(checkpoints, 90)

    def newest():
        facts = checkpoints.newest()[1]
        assert facts["rows"] == [row(step) for step in range(facts["step"])]
        return facts["step"], facts["run_id"], capsys.readouterr()

    step, run_id, printed = newest()
    assert (step, run_id) == (150, None)
    assert printed.out == "going on from the checkpoint at iteration 150, of a training of 1,000\n"
    (damaged, _) = files(longer)
    damaged.write_bytes(flipped(damaged.read_bytes()))
    step, run_id, printed = newest()
    assert (step, run_id) == (100, None) and "is damaged" in printed.err
    assert checkpoints.step is None  # none of its own yet
    save(checkpoints, 100)
    step, run_id, printed = newest()
    assert (step, run_id) == (100, "run")  # its own
    assert printed.out == "going on from the checkpoint at iteration 100\n"
    assert checkpoints.step == 100


def test_a_full_disk_costs_the_checkpoint_alone(tmp_path):
    """A limit on the size of files fails as a full disk does: in the midst of writing."""
    code = """
import json, resource, signal
import numpy as np
from ganpkg.training.checkpoint import Checkpoints
checkpoints = Checkpoints({}, 200)
facts = {"rows": [], "progress": {}}
checkpoints.save(lambda: ({"a": np.zeros(10)}, {"step": 1, **facts}))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
assert not checkpoints.save(lambda: ({"a": np.zeros(100_000)}, {"step": 2, **facts}))
assert checkpoints.step == 1
facts["rows"] = [{"long": "x" * 30_000}]
assert not checkpoints.save(lambda: ({}, {"step": 3, **facts}))
facts["rows"] = [{"short": "x"}]
assert checkpoints.save(lambda: ({}, {"step": 3, **facts}))
files = len(list(checkpoints.folder.glob("*.npz")))
print(json.dumps({**checkpoints.newest()[1], "files": files}))
"""
    environment = {**os.environ, "DVC_ROOT": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    kept = json.loads(done.stdout.splitlines()[-1])
    assert (kept["step"], kept["rows"], kept["files"]) == (3, [{"short": "x"}], 2)
    assert done.stderr == 2 * "going on without a checkpoint: File too large\n"


def test_a_checkpoint_is_due_when_its_time_has_come(checkpoints, save, monkeypatch):
    assert not checkpoints.due
    monkeypatch.setenv("GAN_CHECKPOINT_SECONDS", "0")
    always = Checkpoints({"seed": 0}, LAST)
    assert always.due
    save(always, 8)
    assert always.due


def test_writing_checkpoints_takes_at_most_a_hundredth_of_the_time(monkeypatch):
    monkeypatch.delenv("GAN_CHECKPOINT_SECONDS", raising=False)
    assert seconds_between(0.1) == 60
    assert seconds_between(2) == 200
    monkeypatch.setenv("GAN_CHECKPOINT_SECONDS", "0.3")
    assert seconds_between(2) == 0.3


@pytest.mark.parametrize("given", ["often", "-1", "nan", "inf", ""])
def test_a_wrong_interval(monkeypatch, given):
    monkeypatch.setenv("GAN_CHECKPOINT_SECONDS", given)
    with pytest.raises(UserError, match=f"GAN_CHECKPOINT_SECONDS: given '{given}', expected a num"):
        Checkpoints({}, 200)


def test_two_processes_never_train_the_same_at_once(checkpoints, tmp_path):
    code = """
from ganpkg.training.checkpoint import Checkpoints
with Checkpoints({"seed": 0}, 200).locked():
    print("locked", flush=True)
    input()
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    first, second = (
        subprocess.Popen(
            [sys.executable, "-c", code], env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for _ in range(2)
    )  # fmt: skip
    lines = {first: first.stdout.readline(), second: second.stdout.readline()}
    (holder,) = (process for process, line in lines.items() if line == "locked\n")
    (waiting,) = (process for process, line in lines.items() if "waiting for its end" in line)
    time.sleep(0.2)
    holder.kill()
    assert waiting.stdout.readline() == "locked\n"
    waiting.communicate("\n", timeout=20)
    holder.communicate()
    assert waiting.returncode == 0
    assert not list((tmp_path / "checkpoints").iterdir())
    with Checkpoints({"seed": 1}, LAST).locked(), checkpoints.locked():
        pass


def test_old_ones_are_pruned(checkpoints, save, monkeypatch, capsys):
    others = [Checkpoints({"seed": seed}, LAST) for seed in range(1, 6)]
    for days, other in zip((11, 12, 13, 15, 16), others):
        save(other, 8)
        os.utime(other.folder, (0, time.time() - 86_400 * days))
    save(checkpoints, 8)
    size = sum(file.stat().st_size for file in checkpoints.folder.iterdir())

    def prune():
        pruning.prune(checkpoints.folder.parent)
        return [other.folder.exists() for other in others], capsys.readouterr().out

    with checkpoints.locked(), others[4].locked():
        kept, printed = prune()  # of 11, 12, 13, 15 and 16 days, the last in use
        assert kept == [True, True, True, False, True]
        assert printed == (
            f"removed old checkpoints of 1 training(s), {size:,} bytes; "
            "they are kept for 14 days, and up to 2,000,000,000 bytes in all\n"
        )
        assert prune() == (kept, "")
        monkeypatch.setattr(pruning, "MAX_BYTES", 2 * size)
        assert prune()[0] == [True, True, False, False, True]
    assert checkpoints.folder.exists() and not list(checkpoints.folder.parent.glob("*.lock"))


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "code").mkdir()
    (tmp_path / "code/a.py").write_text("a")
    (tmp_path / "data.npy").write_bytes(b"data")
    versions = "requirements/versions.yaml"
    (tmp_path / "requirements").mkdir()
    (tmp_path / versions).write_text("keras: '1'\npandas: '1'\n")
    deps = "[code, data.npy]"
    params = f"[seed, epochs, '${{architecture}}', {versions}: [keras]]"
    (tmp_path / "dvc.yaml").write_text(f"stages: {{train: {{deps: {deps}, params: {params}}}}}")
    return tmp_path


def test_identity_is_all_that_determines_the_result(repository):
    def key(environment="2", **changes):
        return Checkpoints(
            training_identity(small.SHIPPED.changed(changes), {"numpy": environment}), LAST
        ).key

    first = key()
    assert first == key() == key(num_samples=600) == key(**{"dcgan.filters": 8})
    assert first == key(epochs=2)  # which is the beginning, or goes on
    others = {first, key(seed=2), key(environment="3"), key(**{"mlp.generator_units": [8]})}
    (repository / "data.npy").write_bytes(b"other")
    others.add(key())
    (repository / "code/b.py").write_text("b")
    others.add(key())
    versions = repository / "requirements/versions.yaml"
    versions.write_text("keras: '1'\npandas: '2'\n")
    assert key() in others
    versions.write_text("keras: '2'\npandas: '2'\n")
    others.add(key())
    assert len(others) == 7
    assert first != key()
    (repository / "code/__pycache__").mkdir()
    (repository / "code/__pycache__/b.cpython-311.pyc").write_bytes(b"")
    assert key() in others
