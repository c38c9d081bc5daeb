"""Records read from a dvc.lock, and the MLflow runs made from them."""

import io
import json
import subprocess
from hashlib import md5

import numpy as np
import pytest
import yaml
from PIL import Image

from ganpkg import record, sync, tracking
from ganpkg.errors import UserError
from ganpkg.record import EVALUATION, STAGES, from_lock
from tests.store import PARAMS, runs

HISTORY = (
    b"step,epoch,d_loss_real,d_accuracy_real,d_accuracy_fake,diversity\n"
    b"16,1,0.5,0.5,0.5,1\n32,2,0.25,0.5,0.5,1\n"
)


class Files(dict):
    """md5 -> content, in place of DVC's cache."""

    read = dict.get
    folder = record.Cache.folder

    def __init__(self):
        self._folders = {}

    def add(self, content: bytes, end: str = "") -> str:
        digest = md5(content).hexdigest() + end
        self[digest] = content
        return digest

    def lock(self, model=b"model", fid=1.0, data=b"data", **changes) -> dict:
        """The stages of a dvc.lock, and their files."""
        params = {**PARAMS.model_dump(), **changes}
        listed = [{"md5": self.add(data), "relpath": "train/samples.npy"}]
        content = io.BytesIO()
        Image.fromarray(np.zeros((4, 4), np.uint8)).save(content, "png")
        prepared = self.add(json.dumps(listed).encode(), ".dir")
        outs = {
            "prepare": {"data/prepared": prepared},
            "classifier": {"models/classifier.keras": self.add(b"classifier")},
            "train": {
                "models/generator.keras": self.add(model),
                "reports/history.csv": self.add(HISTORY),
            },
            "generate": {"reports/samples.png": self.add(content.getvalue())},
            "evaluate": {"reports/metrics.json": self.add(json.dumps({"fid": fid}).encode())},
            "report": {"reports/report.html": self.add(f"FID {fid}".encode())},
        }
        deps = {
            "prepare": {},
            "classifier": {
                "data/prepared/train": record._folder_md5({"samples.npy": self.add(data)})
            },
            "train": {"data/prepared/train/samples.npy": self.add(data), **outs["classifier"]},
            "generate": {"models/generator.keras": self.add(model)},
            "evaluate": outs["generate"],
            "report": outs["evaluate"],
        }  # fmt: skip
        later = {key: params.pop(key) for key in EVALUATION}
        given = {"prepare": params, "generate": later}
        return {
            stage: {
                "deps": [{"path": path, "md5": of} for path, of in deps[stage].items()],
                "outs": [{"path": path, "md5": of} for path, of in outs[stage].items()],
                "params": {"params.yaml": given.get(stage, {})},
            }
            for stage in STAGES
        }

    def record(self, stages: dict, name: str | None = None):
        lock = yaml.safe_dump({"stages": stages})
        return from_lock(lock, PARAMS, self, "here", "c0ffee", name)


@pytest.fixture
def files():
    return Files()


def values(store) -> list[tuple]:
    _, found = runs(store)
    return [(run.data.params["num_samples"], run.data.metrics["fid"]) for run in found[::-1]]


def test_a_run_is_made_once_and_has_it_all(store, files):
    recorded = files.record(files.lock(), "bold")
    assert sync.write(recorded) == "made"
    client, (run,) = runs(store)
    assert run.data.params == recorded.texts and run.data.params["num_samples"] == "10000"
    assert run.data.metrics["fid"] == 1.0 and run.data.metrics["d_loss_real"] == 0.25
    assert len(client.get_metric_history(run.info.run_id, "d_loss_real")) == 2
    assert run.info.status == "FINISHED" and run.info.run_name == "bold"
    expected = {"dvc_exp_name": "bold", "git_commit": "c0ffee", "data_md5": recorded.data_md5}
    assert expected.items() <= run.data.tags.items()
    assert client.list_artifacts(run.info.run_id, "images")
    assert sync.write(recorded) == "complete" and len(runs(store)[1]) == 1


def test_results_go_to_the_run_of_their_training(store, files):
    recorded = files.record(files.lock())
    with tracking.TrainingRun(PARAMS, recorded.data_md5) as run:
        run.log_metrics({"d_loss_real": 0.5}, 16)
        run.set_tags({"generator_md5": recorded.generator_md5})
    assert sync.write(recorded) == "completed"
    client, (found,) = runs(store)
    assert found.info.run_id == run.run_id and found.info.run_name == "epochs=3"
    assert found.data.params == recorded.texts
    points = client.get_metric_history(run.run_id, "d_loss_real")
    assert [(point.step, point.value) for point in points] == [(16, 0.5), (32, 0.25)]


def test_a_run_gets_the_name_of_the_experiment_that_has_its_results(store, files):
    recorded = files.record(files.lock(), "bold")
    with tracking.TrainingRun(PARAMS, recorded.data_md5) as run:
        run.set_tags({"generator_md5": recorded.generator_md5})
    sync.write(recorded)
    (found,) = runs(store)[1]
    assert found.info.run_id == run.run_id and found.info.run_name == "bold"
    assert found.data.tags["dvc_exp_name"] == "bold"


def test_numbers_of_other_samples_go_to_another_run(store, files):
    sync.write(files.record(files.lock()))
    assert sync.write(files.record(files.lock(num_samples=300, fid=2.0), "few")) == "made"
    assert values(store) == [("10000", 1.0), ("300", 2.0)]


def test_numbers_that_changed_with_the_code_replace_those_before(store, files):
    sync.write(files.record(files.lock()))
    assert sync.write(files.record(files.lock(fid=2.0))) == "completed"
    assert values(store) == [("10000", 2.0)]
    assert sync.write(files.record(files.lock(fid=2.0))) == "complete"


def test_the_run_that_lost_its_end_gets_it(store, files):
    recorded = files.record(files.lock())
    with pytest.raises(KeyboardInterrupt), tracking.TrainingRun(PARAMS, recorded.data_md5) as run:
        run.log_metrics({"d_loss_real": 0.5}, 16)
        raise KeyboardInterrupt
    assert sync.write(recorded) == "completed"
    (found,) = runs(store)[1]
    assert found.info.run_id == run.run_id and found.info.status == "FINISHED"


def test_of_several_runs_of_one_model_an_experiment_gets_its_own(store, files, monkeypatch):
    recorded, ids = files.record(files.lock()), []
    for name in ("it's-first", "second"):
        monkeypatch.setenv("DVC_EXP_NAME", name)
        with tracking.TrainingRun(PARAMS, recorded.data_md5) as run:
            run.set_tags({"generator_md5": recorded.generator_md5})
            ids.append(run.run_id)
    sync.write(recorded._replace(name="it's-first"))
    with_numbers = [run.info.run_id for run in runs(store)[1] if "fid" in run.data.metrics]
    assert with_numbers == ids[:1]


def test_an_experiment_of_prepare_alone_is_no_training(files):
    stages = files.lock()
    assert files.record({**stages, "prepare": files.lock(data=b"other")["prepare"]}) is None


def test_results_of_the_model_before_are_left_out(store, files):
    """`dvc repro train` leaves them."""
    recorded = files.record({**files.lock(), "train": files.lock(model=b"new")["train"]})
    assert recorded.stages == ("prepare", "classifier", "train")
    sync.write(recorded)
    (run,) = runs(store)[1]
    assert "fid" not in run.data.metrics and "num_samples" not in run.data.params


def test_a_detached_head_in_a_subfolder_and_parameters_of_the_lock(
    store, files, shipped, monkeypatch, capsys
):
    folder = store / "sub"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sync, "Cache", lambda remote: files)
    who = "-c", "user.name=t", "-c", "user.email=t@example.org"

    def git(*command):
        subprocess.run(["git", *command], check=True, capture_output=True)

    git("init", "-q", "-b", "main", "..")
    git(*who, "commit", "-q", "--allow-empty", "-m", "none")
    (folder / "params.yaml").write_text(yaml.safe_dump(shipped.changed({"epochs": 7}).model_dump()))
    sync.main()
    assert "nothing to bring to MLflow" in capsys.readouterr().out
    (folder / "dvc.lock").write_text(yaml.safe_dump({"stages": files.lock(epochs=1000)}))
    git("add", ".")
    git(*who, "commit", "-q", "-m", "state")
    git("checkout", "-q", "--detach")
    git("branch", "-D", "main")
    (folder / "dvc.lock").unlink()
    sync.main()
    assert "1 trainings recorded: 1 runs made" in capsys.readouterr().out
    (run,) = runs(store)[1]
    assert run.data.params["epochs"] == "1000" and run.info.run_name == "epochs=1000"


def test_a_mistake_in_the_parameters_is_told(files, write_params, monkeypatch):
    """It is not the lock's fault."""
    folder = write_params(epochs="many").parent
    (folder / "dvc.lock").write_text(yaml.safe_dump({"stages": files.lock()}))
    monkeypatch.chdir(folder)
    monkeypatch.setattr(record, "Cache", lambda: files)
    monkeypatch.setattr(record.git, "output", lambda *_: "")
    for find in (record.from_working_directory, lambda: record.find_all(files)):
        with pytest.raises(UserError, match=r"params.yaml: epochs: given 'many', expected a whole"):
            find()
