"""What `python -m ganpkg.sync` takes for DVC's record."""

import subprocess

import yaml

from ganpkg import sync


def test_a_detached_head_in_a_subfolder_and_parameters_of_the_lock(tmp_path, shipped, monkeypatch):
    folder = tmp_path / "sub"
    folder.mkdir()
    entries = ("data/prepared/train/samples.npy", "models/generator.keras")
    deps, outs = ([{"path": path, "md5": path}] for path in entries)
    report = {"params": {"params.yaml": {"epochs": 3}}}  # older than the training
    train = {"deps": deps, "outs": outs, "params": {"params.yaml": {"epochs": 1000}}}
    lock = {"stages": {"report": report, "train": train}}
    (folder / "dvc.lock").write_text(yaml.safe_dump(lock))
    (folder / "params.yaml").write_text(yaml.safe_dump({**shipped, "epochs": 7}))
    monkeypatch.chdir(folder)
    who = "-c", "user.name=t", "-c", "user.email=t@example.org"
    for command in (
        ("init", "-q", "-b", "main", ".."),
        ("add", "."),
        (*who, "commit", "-qm", "state"),
        ("checkout", "-q", "--detach"),
        ("branch", "-D", "main"),
    ):
        subprocess.run(["git", *command], check=True, capture_output=True)
    (record,) = sync.records()
    assert record.params["epochs"] == 1000
