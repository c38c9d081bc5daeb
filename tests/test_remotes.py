"""DVC's storage for real: what was pushed is all there in a fresh clone elsewhere."""

import sys
from pathlib import Path

import boto3
import pytest
import yaml
from moto.server import ThreadedMotoServer

from ganpkg.storage import md5
from tests.pipeline import MIN_SAMPLES, Repository, flipped


class Folder:
    """A remote that is a folder."""

    def __init__(self, folder: Path):
        self.settings, self.environment = {}, {}
        self.url = str(folder / "storage")

    def read(self, name: str) -> bytes:
        return Path(self.url, name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        file = Path(self.url, name)
        file.unlink(missing_ok=True)
        file.write_bytes(content)

    def close(self) -> None:
        pass


class S3:
    """A remote that is a bucket of a local S3 server."""

    url = "s3://gans/results"

    def __init__(self, _folder: Path):
        self.environment = {
            "AWS_ACCESS_KEY_ID": "tester", "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
        }  # fmt: skip
        self._server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.settings = {"endpointurl": f"http://{host}:{port}"}
        names = ("aws_access_key_id", "aws_secret_access_key", "region_name")
        self._client = boto3.client(
            "s3", endpoint_url=self.settings["endpointurl"],
            **dict(zip(names, self.environment.values())),
        )  # fmt: skip
        self._client.create_bucket(Bucket="gans")

    def read(self, name: str) -> bytes:
        return self._client.get_object(Bucket="gans", Key=f"results/{name}")["Body"].read()

    def write(self, name: str, content: bytes) -> None:
        self._client.put_object(Bucket="gans", Key=f"results/{name}", Body=content)

    def close(self) -> None:
        self._server.stop()


@pytest.fixture(scope="module")
def pushed(finished, tmp_path_factory, request):
    """A repository whose results have been pushed."""
    elsewhere, folder = (tmp_path_factory.mktemp(name) for name in ("elsewhere", "pushed"))
    finished.run("cp", "-r", f"{finished.folder}/.", str(folder))
    repository, remote = Repository(folder), request.param(elsewhere)
    repository.environment |= remote.environment
    repository.run("git", "init", "--quiet", "--bare", str(elsewhere / "origin.git"))
    repository.run("git", "remote", "add", "origin", str(elsewhere / "origin.git"))
    repository.dvc("remote", "add", "--default", "storage", remote.url)
    repository.dvc("remote", "modify", "storage", "verify", "true")
    for key, value in remote.settings.items():
        repository.dvc("remote", "modify", "storage", key, value)
    repository.commit()
    repository.dvc("push")
    repository.run("git", "push", "--quiet", "origin", "HEAD:main")
    repository.origin, repository.remote = str(elsewhere / "origin.git"), remote
    yield repository
    remote.close()


ON_FOLDER = pytest.mark.parametrize("pushed", [Folder], indirect=True)
ON_BOTH = pytest.mark.parametrize("pushed", [Folder, S3], indirect=True)


@pytest.fixture
def clone(pushed, tmp_path):
    pushed.run("git", "clone", "--quiet", "--branch", "main", pushed.origin, str(tmp_path))
    repository = Repository(tmp_path)
    repository.environment |= pushed.remote.environment
    return repository


def check_outputs(repository):
    """Every output has the md5 that dvc.lock records."""
    stages = yaml.safe_load(repository.read("dvc.lock"))["stages"]
    outs = [out for stage in stages.values() for out in stage["outs"]]
    files = {out["path"]: out["md5"] for out in outs if "nfiles" not in out}
    assert len(files) >= 8
    for path, digest in files.items():
        assert md5(repository.folder / path) == digest, path
    assert "up to date" in repository.dvc("status")


@pytest.mark.slow_but_one
@ON_BOTH
def test_a_fresh_clone_runs_no_stage(clone):
    before = md5(clone.folder / "dvc.lock")
    output = clone.dvc("repro", "--pull")
    assert "Running stage" not in output
    check_outputs(clone)
    assert md5(clone.folder / "dvc.lock") == before
    assert "1 runs made" in clone.run(sys.executable, "-m", "ganpkg.sync")


@pytest.mark.slow
@ON_FOLDER
def test_an_experiment_reaches_a_fresh_clone(pushed, clone):
    pushed.dvc("exp", "run", "-S", f"num_samples={MIN_SAMPLES}", "--name", "tried")
    pushed.run("git", "checkout", "--quiet", ".")
    pushed.dvc("checkout")
    pushed.dvc("exp", "push", "origin", "tried")
    clone.dvc("exp", "pull", "origin", "tried")
    clone.dvc("exp", "apply", "tried")
    check_outputs(clone)
    assert f"num_samples: {MIN_SAMPLES} " in clone.read("params.yaml")


@pytest.mark.slow
@ON_BOTH
def test_a_damaged_file_of_the_remote_is_noticed_and_named(pushed, clone):
    digest = md5(pushed.folder / "models/generator.keras")
    file = f"files/md5/{digest[:2]}/{digest[2:]}"
    content = pushed.remote.read(file)
    pushed.remote.write(file, flipped(content))
    try:
        output = clone.dvc("pull", status=1)
    finally:
        pushed.remote.write(file, content)
    assert "models/generator.keras" in output and "Traceback" not in output
    assert not (clone.folder / "models/generator.keras").exists()


@pytest.mark.slow
@ON_FOLDER
def test_a_damaged_file_of_the_cache_is_noticed_and_named(clone):
    clone.dvc("pull")
    model = clone.folder / "models/generator.keras"
    digest = md5(model)
    model.unlink()
    file = clone.folder / ".dvc/cache/files/md5" / digest[:2] / digest[2:]
    file.chmod(0o644)
    file.write_bytes(flipped(file.read_bytes()))
    clone.dvc("checkout")
    assert "not in cache:       models/generator.keras" in clone.dvc("status")
    model.unlink()
    clone.dvc("pull")
    check_outputs(clone)
