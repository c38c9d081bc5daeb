"""What goes wrong in the pipeline: bad input, full disks, divergence, interrupts."""

import re
import signal
import subprocess
import sys
import time

import pytest

from ganpkg.errors import UserError
from ganpkg.storage import md5

pytestmark = pytest.mark.slow
MODELS = "models/classifier.keras", "models/discriminator.keras", "models/generator.keras"


@pytest.mark.parametrize(
    "stage", ["check", "prepare", "classifier", "train", "generate", "evaluate", "report"]
)
def test_every_stage_refuses_wrong_parameters_at_once(fresh, stage):
    fresh.set_params(epochs=-1)
    output = fresh.run(sys.executable, "-X", "importtime", "-m", f"stages.{stage}", status=2)
    imports = re.findall(r"(?m)^import time:.*\| +(\S+)$", output)
    assert "ruamel.yaml" in imports and not {"tensorflow", "keras", "mlflow", "sklearn"} & set(
        imports
    )
    (error,) = (line for line in output.splitlines() if not line.startswith("import time:"))
    assert error.startswith(f"{stage}: params.yaml: epochs: given -1, expected a whole number")
    assert fresh.mlflow_runs() == []


def test_a_misspelt_choice_or_key_is_told_before_anything_is_removed(fresh):
    output = fresh.dvc("exp", "run", "-S", "objective=hing", status=255)
    assert "check: params.yaml: objective: given 'hing', expected one of hinge, least" in output
    assert "did you mean 'hinge'?" in output and "Traceback" not in output
    fresh.run("git", "checkout", "--quiet", "params.yaml")
    changed = fresh.read("params.yaml").replace("\nepochs:", "\nepohcs:")
    (fresh.folder / "params.yaml").write_text(changed)
    output = fresh.dvc("repro", status=255)
    assert "check: params.yaml: unknown key 'epohcs'; did you mean 'epochs'?" in output
    assert all((fresh.folder / file).exists() for file in MODELS)


def test_a_batch_larger_than_the_train_split(fresh):
    fresh.set_params(batch_size=5000)
    output = fresh.run(sys.executable, "-m", "stages.train", status=2)
    assert output == (
        "train: params.yaml: batch_size: given 5000, expected at most 1077, "
        "the number of samples in the train split\n"
    )


def test_a_damaged_raw_file(fresh):
    fresh.set_params(dataset="mnist")
    (fresh.folder / "data/raw/mnist.npz").write_bytes(b"no archive")
    output = fresh.dvc("repro", status=255)
    assert "prepare: data/raw/mnist.npz: cannot be read as the .npz of keras" in output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    "stage, file",
    [
        ("train", "data/prepared/train/samples.npy"),
        ("generate", "models/generator.keras"),
        ("evaluate", "data/generated/samples.npz"),
        ("report", "reports/evaluation.json"),
        ("report", "reports/history.csv"),
    ],
)
def test_a_missing_input(fresh, stage, file):
    (fresh.folder / file).unlink()
    output = fresh.run(sys.executable, "-m", f"stages.{stage}", status=2)
    assert output.startswith(f"{stage}: {file}: no such file") and len(output.splitlines()) == 1


@pytest.mark.parametrize("file", ["reports/evaluation.json", "reports/history.csv"])
def test_a_damaged_input(fresh, file):
    (fresh.folder / file).unlink()
    (fresh.folder / file).write_text("")
    output = fresh.run(sys.executable, "-m", "stages.report", status=2)
    assert output.startswith(f"report: {file}: is damaged (") and len(output.splitlines()) == 1


@pytest.mark.parametrize(
    "stage, file, limit",
    [
        ("generate", "data/generated/samples.npz", 20_000),
        ("train", "models/discriminator.keras", 2_000_000),
    ],
)
def test_a_file_too_large_to_be_written(fresh, stage, file, limit):
    """What a full disk or a quota does: the write fails, the file before stays whole."""
    fresh.set_params(**{"mlp.discriminator_units": [1024, 1024]})
    before = md5(fresh.folder / file)
    code = (
        "import resource, runpy, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, {(limit, limit)})\n"
        f"runpy.run_module('stages.{stage}', run_name='__main__')\n"
    )
    output = fresh.run(sys.executable, "-c", code, status=2)
    assert f"{stage}: {file}: File too large" in output and "Traceback" not in output
    assert ("going on without a checkpoint: File too large" in output) == (stage == "train")
    assert md5(fresh.folder / file) == before


FULL_DISK = """
mount -t tmpfs -o size=1g tmpfs "$1"
cp -r . "$1" && cd "$1"
for free in $2; do
    head -c $(($(stat -f -c %a . ) * $(stat -f -c %S .) - free)) /dev/zero > filling
    python -m stages.train; echo "status $?"
    md5sum models/*.keras
    rm filling
done
python -m stages.train
"""
UNSHARE = "unshare", "--user", "--map-root-user", "--mount"


@pytest.mark.skipif(
    subprocess.run(f"{' '.join(UNSHARE)} true", shell=True, stderr=subprocess.DEVNULL).returncode,
    reason="needs to be allowed to mount a disk of its own",
)
def test_a_full_disk(fresh, tmp_path_factory):
    """A real one: whatever is the first that does not fit, all that was there stays whole, and
    once there is room, the same training goes well.
    """
    free = (250_000,)  # bytes
    before = [md5(fresh.folder / file) for file in MODELS]
    fresh.set_params(**{"mlp.discriminator_units": [256, 256]}, epochs=8)
    disk = str(tmp_path_factory.mktemp("disk"))
    output = fresh.run(*UNSHARE, "bash", "-c", FULL_DISK, "bash", disk, " ".join(map(str, free)))
    assert "Traceback" not in output
    *fillings, _ = re.split("status 2\n", output)
    assert len(fillings) == len(free)
    assert all(re.search(r"train: .+: No space left on device", text) for text in fillings)
    assert re.findall(r"(?m)^([0-9a-f]{32})  ", output) == before * len(free)


def test_divergence_stops_training_and_marks_the_run(fresh):
    # Sixteen layers whose weights move by 10 a step overflow within a few steps.
    fresh.set_params(**{"mlp.discriminator_units": [64] * 16}, log_every=50)
    fresh.set_params(**{"discriminator.learning_rate": 10})
    with pytest.raises(UserError, match="training diverged:"):
        fresh.play("train")
    (run,) = fresh.mlflow_runs()
    assert run.info.status == "FAILED" and "generator_md5" not in run.data.tags


def test_an_interrupted_training_ends_quickly_and_says_so(fresh):
    """By Ctrl-C; by SIGTERM as well, under dvc: see test_kills.py."""
    fresh.set_params(epochs=1_000_000, picture_every=1_000_000)
    process = subprocess.Popen(
        [sys.executable, "-m", "stages.train"],
        cwd=fresh.folder,
        env=fresh.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        wait_for_metrics(fresh)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    assert time.monotonic() - began < 10
    assert process.returncode == 130 and "Traceback" not in output
    (run,) = fresh.mlflow_runs()
    assert run.info.status == "KILLED" and run.data.metrics


def wait_for_metrics(repository, seconds=60):
    """Waits until the UI would show a loss, while training goes on."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        runs = repository.mlflow_runs()
        if runs and "g_loss" in runs[0].data.metrics:
            assert runs[0].info.status == "RUNNING"
            return
        time.sleep(0.5)
    raise AssertionError("no metrics within a minute")
