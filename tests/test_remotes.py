"""DVC's storage for real: what was pushed is all there in a fresh clone elsewhere."""

import sys

import pytest
import yaml

from ganpkg.storage import md5
from tests.pipeline import Repository

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pushed(finished, tmp_path_factory):
    """A repository whose results and whose experiment `tried` have been pushed."""
    elsewhere, folder = (tmp_path_factory.mktemp(name) for name in ("elsewhere", "pushed"))
    finished.run("cp", "-r", f"{finished.folder}/.", str(folder))
    fresh = Repository(folder)
    fresh.run("git", "init", "--quiet", "--bare", str(elsewhere / "origin.git"))
    fresh.run("git", "remote", "add", "origin", str(elsewhere / "origin.git"))
    fresh.dvc("remote", "add", "--default", "storage", str(elsewhere / "storage"))
    fresh.commit()
    fresh.dvc("exp", "run", "-S", "epochs=2", "--name", "tried")
    fresh.run("git", "checkout", "--quiet", ".")
    fresh.dvc("checkout")
    fresh.dvc("push")
    fresh.run("git", "push", "--quiet", "origin", "HEAD:main")
    fresh.dvc("exp", "push", "origin", "tried")
    fresh.elsewhere = elsewhere
    return fresh


@pytest.fixture
def clone(pushed, tmp_path):
    origin = str(pushed.elsewhere / "origin.git")
    pushed.run("git", "clone", "--quiet", "--branch", "main", origin, str(tmp_path))
    return Repository(tmp_path)


def check_outputs(repository):
    """Every output has the md5 that dvc.lock records."""
    stages = yaml.safe_load(repository.read("dvc.lock"))["stages"]
    outs = [out for stage in stages.values() for out in stage["outs"]]
    files = {out["path"]: out["md5"] for out in outs if "nfiles" not in out}
    assert len(files) >= 8
    for path, digest in files.items():
        assert md5(repository.folder / path) == digest, path
    assert "up to date" in repository.dvc("status")


def test_a_fresh_clone_runs_no_stage(clone):
    before = md5(clone.folder / "dvc.lock")
    output = clone.dvc("repro", "--pull")
    assert "Running stage" not in output
    check_outputs(clone)
    assert md5(clone.folder / "dvc.lock") == before
    assert "1 runs made" in clone.run(sys.executable, "-m", "ganpkg.sync")


def test_an_experiment_reaches_a_fresh_clone(pushed, clone):
    clone.dvc("exp", "pull", "origin", "tried")
    clone.dvc("exp", "apply", "tried")
    check_outputs(clone)
    assert "epochs: 2 " in clone.read("params.yaml")


@pytest.mark.parametrize("place", ["cache", "remote"])
def test_a_damaged_file_is_noticed_and_named(pushed, clone, tmp_path_factory, place):
    digest = md5(pushed.folder / "models/generator.keras")
    if place == "cache":
        clone.dvc("pull")
        folder = clone.folder / ".dvc/cache"
        (clone.folder / "models/generator.keras").unlink()
    else:
        folder = tmp_path_factory.mktemp("damaged")
        clone.run("cp", "-r", f"{pushed.elsewhere}/storage/.", str(folder))
        clone.dvc("remote", "modify", "storage", "url", str(folder))
    file = folder / "files/md5" / digest[:2] / digest[2:]
    file.chmod(0o644)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    if place == "cache":
        clone.dvc("checkout")
        assert "not in cache:       models/generator.keras" in clone.dvc("status")
        (clone.folder / "models/generator.keras").unlink()
        clone.dvc("pull")
        check_outputs(clone)
    else:
        output = clone.dvc("pull", status=1)
        assert "models/generator.keras" in output and "Traceback" not in output
        assert not (clone.folder / "models/generator.keras").exists()
