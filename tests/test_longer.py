"""A longer training goes on from the end of a shorter one, and gives the bytes of one go."""

import pytest

from ganpkg.storage import md5

OUTPUTS = "models/generator.keras", "models/discriminator.keras", "reports/history.csv"
GOING_ON = "going on from the checkpoint at iteration"


def train(repository, **changes):
    """What the stage prints, and the md5s of what it makes."""
    repository.set_params(**changes)
    apart = "KERAS_BACKEND" in repository.environment  # this process has TensorFlow
    output = repository.play_apart("train") if apart else repository.play("train")
    pictures = sorted((repository.folder / "data/progress").iterdir())
    files = [*(repository.folder / name for name in OUTPUTS), *pictures]
    return output, {file.name: md5(file) for file in files}


def points(repository, run, key):
    return [point.step for point in repository.client().get_metric_history(run.info.run_id, key)]


@pytest.mark.slow
def test_a_longer_training_goes_on_from_a_shorter_one(fresh):
    """Neither ends at a logged step. `finished` had 64 iterations, and logs every 16."""
    output, shorter = train(fresh, epochs=5, log_every=12)  # 80 iterations
    assert GOING_ON not in output
    output, longer = train(fresh, epochs=6)
    assert f"{GOING_ON} 80, of a training of 80\n" in output
    output, again = train(fresh, epochs=5)
    assert f"{GOING_ON} 80\n" in output and again == shorter
    fresh.environment["GAN_CHECKPOINTS"] = "0"
    output, at_once = train(fresh, epochs=6)
    assert GOING_ON not in output and at_once == longer
    *_, continued, whole = fresh.mlflow_runs()
    assert continued.info.run_id != whole.info.run_id
    assert points(fresh, continued, "g_loss") == points(fresh, whole, "g_loss") != []
    steps = [int(line.split(",")[0]) for line in fresh.read("reports/history.csv").split()[1:]]
    assert steps == [*range(12, 96, 12), 96]


@pytest.mark.slow
def test_on_jax_too(fresh):
    fresh.environment["KERAS_BACKEND"] = "jax"
    train(fresh, epochs=1, log_every=12, backend="jax")
    output, longer = train(fresh, epochs=2)
    assert f"{GOING_ON} 16, of a training of 16\n" in output
    fresh.environment["GAN_CHECKPOINTS"] = "0"
    assert train(fresh, epochs=2)[1] == longer


@pytest.mark.slow
def test_a_temporary_run_goes_on_from_one_of_the_workspace(fresh):
    output = fresh.dvc("exp", "run", "--temp", "-S", "epochs=5", "train")
    assert f"{GOING_ON} 64, of a training of 64" in output
