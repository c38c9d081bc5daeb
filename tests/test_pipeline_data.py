"""The whole pipeline on each other kind of data: pictures, tables, points, classes asked for."""

import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from tests.browser import look_at
from tests.pipeline import MIN_SAMPLES, SHORT


@pytest.mark.slow
def test_a_folder_of_pictures_without_classes(fresh):
    folder = fresh.folder / "data/raw/folder"
    folder.mkdir()
    for number, image in enumerate(load_digits().images[:300]):
        Image.fromarray((image * 15).astype(np.uint8)).save(folder / f"{number}.png")
    fresh.set_params(dataset="folder", log_every=4)
    fresh.set_params(**{"folder.size": 8, "folder.colours": "grey"})
    output = fresh.play()
    assert "folder: 240 train, 30 valid, 30 test samples of shape (8, 8, 1)" in output
    metrics = json.loads(fresh.read("reports/metrics.json"))
    assert json.loads(fresh.read("reports/evaluation.json"))["samples"] == 30
    assert {"fid", "fid_control", "parzen"} <= set(metrics)
    assert "precision_recall: left out, needs sets of 60 samples, given 30" in output
    assert not [name for name in metrics if "class" in name]
    assert json.loads(fresh.read("reports/classifier.json")) == {"random_network": 64}
    assert fresh.run("git", "status", "--porcelain", "--", "data", "reports") == ""
    (folder / "7.png").write_bytes(b"damaged")
    output = fresh.dvc("repro", "prepare", status=255)
    assert "prepare: data/raw/folder: 1 of 300 files cannot be read as pictures" in output
    assert "7.png" in output and "Traceback" not in output


@pytest.mark.slow
def test_a_table_of_numbers(fresh):
    columns = np.random.default_rng(0).normal([3.0, 1e6, -2.0], [1.0, 10.0, 0.1], size=(500, 3))
    names = ["a", "b", "a <b>long</b> name"]
    pd.DataFrame(columns, columns=names).to_csv(fresh.folder / "data/raw/table.csv", index=False)
    fresh.set_params(dataset="csv", epochs=500, log_every=100, picture_every=1500)
    output = fresh.play()
    assert "csv: 400 train, 50 valid, 50 test samples of shape (3,)" in output
    generated = pd.read_csv(fresh.folder / "data/generated/samples.csv")
    assert list(generated.columns) == names and len(generated) == SHORT["num_samples"]
    # Where the real rows are, to half a deviation
    assert np.abs((generated.mean() - [3.0, 1e6, -2.0]) / [1.0, 10.0, 0.1]).max() < 0.5
    closest = pd.read_csv(fresh.folder / "reports/closest/closest.csv")
    sides = [f"{side}_{name}" for side in ("generated", "train") for name in names]
    assert (
        list(closest.columns) == ["distance", *sides]
        and closest["distance"].is_monotonic_increasing
    )
    metrics = json.loads(fresh.read("reports/metrics.json"))
    assert {"fid", "fid_control", "column_distance"} <= set(metrics)
    assert not [name for name in metrics if "class" in name or "parzen" in name]
    assert fresh.run("git", "status", "--porcelain", "--", "data", "reports") == ""
    seen = look_at(fresh.folder / "reports/report.html")
    assert seen["errors"] == [] and "generated_a <b>long</b> name" in seen["text"]


@pytest.mark.slow
def test_a_table_of_one_column(fresh):
    values = pd.DataFrame({"wait": np.random.default_rng(0).poisson(30.0, 300)})
    values.to_csv(fresh.folder / "data/raw/table.csv", index=False)
    fresh.set_params(dataset="csv", num_samples=MIN_SAMPLES)
    assert "fid " in fresh.play()
    generated = pd.read_csv(fresh.folder / "data/generated/samples.csv")
    assert list(generated.columns) == ["wait"] and generated["wait"].dtype == np.int64
    with np.load(fresh.folder / "data/generated/samples.npz") as content:  # what is judged
        assert len(np.unique(content["samples"])) == generated["wait"].nunique()


@pytest.mark.slow
def test_the_ring_of_gaussians(fresh):
    fresh.set_params(dataset="ring", log_every=100)
    fresh.play()
    metrics = json.loads(fresh.read("reports/metrics.json"))
    found = json.loads(fresh.read("reports/evaluation.json"))["numbers"]["modes_found"]
    assert found["real"] == 8 > found["noise"] and 0 <= metrics["modes_found"] <= 8
    assert 0 <= metrics["high_quality_share"] <= 1
    seen = look_at(fresh.folder / "reports/report.html")
    assert seen["errors"] == [] and "modes with enough samples of high quality" in seen["text"]


@pytest.mark.slow
def test_a_conditional_gan(fresh):
    fresh.set_params(conditional=True, epochs=120, log_every=100, picture_every=960)
    output = fresh.play("train", "generate", "evaluate", "report")
    assert "asked_class_accuracy" in output
    metrics = json.loads(fresh.read("reports/metrics.json"))
    assert metrics["asked_class_accuracy"] > 0.9 < metrics["asked_class_accuracy_control"]
    with np.load(fresh.folder / "data/generated/samples.npz") as content:
        assert content["labels"].shape == (400,) and set(content["labels"]) == set(range(10))
