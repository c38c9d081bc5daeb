"""Files are complete or missing, and equal content has equal bytes."""

import json
import subprocess
import sys
import zipfile

import keras
import numpy as np
import pytest

from ganpkg import storage
from ganpkg.errors import UserError
from tests import small

MAKE = """
import keras, sys, time
from ganpkg import backend, storage
from tests import small
backend.make_deterministic(5)
storage.save_model(small.generator(4, (8, 8, 1)), sys.argv[1])
"""


@pytest.mark.slow
def test_equal_models_make_equal_bytes_in_two_processes(tmp_path):
    for name in ("a", "b"):
        subprocess.run([sys.executable, "-c", MAKE, tmp_path / f"{name}.keras"], check=True)
    assert storage.md5(tmp_path / "a.keras") == storage.md5(tmp_path / "b.keras")


def test_compilation_is_no_part_of_the_file(tmp_path):
    model = small.generator(4, (8, 8, 1))
    storage.save_model(model, tmp_path / "plain.keras")
    model.compile("adam", "mse")
    model.train_on_batch(np.zeros((2, 4)), np.zeros((2, 8, 8, 1)))
    trained = model.get_weights()
    storage.save_model(model, tmp_path / "trained.keras")
    model_again = storage.load_model(tmp_path / "plain.keras")
    model_again.set_weights(trained)
    storage.save_model(model_again, tmp_path / "again.keras")
    assert storage.md5(tmp_path / "again.keras") == storage.md5(tmp_path / "trained.keras")


def test_saved_model_computes_the_same(tmp_path):
    model = small.generator(4, (8, 8, 1))
    storage.save_model(model, tmp_path / "model.keras")
    model_again = storage.load_model(tmp_path / "model.keras")
    z = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
    np.testing.assert_array_equal(model(z), model_again(z))


def test_different_weights_make_different_bytes(tmp_path):
    for name in ("a", "b"):
        storage.save_model(small.generator(4, (8, 8, 1)), tmp_path / f"{name}.keras")
    assert storage.md5(tmp_path / "a.keras") != storage.md5(tmp_path / "b.keras")


def test_the_file_has_no_dates(tmp_path):
    storage.save_model(small.generator(4, (8, 8, 1)), tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        metadata = json.loads(archive.read("metadata.json"))
        assert metadata == {
            "keras_version": keras.__version__,
            "date_saved": "1980-01-01@00:00:00",
        }


def test_memory_addresses_are_counted_in_order_of_appearance():
    config = {"a": {"shared_object_id": 140001}, "b": [{"shared_object_id": 139999}]}
    config["c"] = {"shared_object_id": 140001, "other": None}
    assert json.loads(storage._count_ids(json.dumps(config))) == {
        "a": {"shared_object_id": 0},
        "b": [{"shared_object_id": 1}],
        "c": {"shared_object_id": 0, "other": None},
    }


@pytest.mark.parametrize("content", [b"", b"not a model", b"PK\x03\x04 cut off"])
def test_damaged_model(tmp_path, content):
    (tmp_path / "model.keras").write_bytes(content)
    with pytest.raises(UserError, match=r"model\.keras: is no Keras model that can be read"):
        storage.load_model(tmp_path / "model.keras")


def test_truncated_model(tmp_path):
    path = tmp_path / "model.keras"
    storage.save_model(small.generator(4, (8, 8, 1)), path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(UserError, match="is no Keras model that can be read"):
        storage.load_model(path)


def test_missing_model(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        storage.load_model(tmp_path / "model.keras")


def test_code_in_a_model_is_not_run(tmp_path):
    """A Lambda layer carries Python bytecode, which safe mode refuses."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x + 1)])
    model.save(tmp_path / "model.keras")
    with pytest.raises(UserError, match="is no Keras model that can be read"):
        storage.load_model(tmp_path / "model.keras")


def test_a_failed_write_leaves_what_was_there(tmp_path):
    path = tmp_path / "file"
    storage.write_bytes(path, b"before")
    with pytest.raises(RuntimeError), storage.atomic(path) as temporary:
        temporary.write_bytes(b"half")
        raise RuntimeError
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_md5(tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    assert storage.md5(tmp_path / "file") == "900150983cd24fb0d6963f7d28e17f72"
