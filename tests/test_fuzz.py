"""Files from anywhere: whatever is in them, a clear error or a result, soon, and nothing else."""

import io
import zipfile
from datetime import timedelta

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from ganpkg import storage
from ganpkg.datasets import dataset, folder, keras_images
from ganpkg.datasets.csv import CSV
from ganpkg.datasets.mnist import MNIST
from ganpkg.errors import UserError
from ganpkg.kinds.images import Images
from ganpkg.networks.architecture import Task
from ganpkg.networks.mlp import MLP
from ganpkg.params import Params, read_params
from tests.pipeline import ROOT

NETWORK = MLP(generator_units=[3], discriminator_units=[3])
PARAMS = (ROOT / "params.yaml").read_bytes()
pytestmark = pytest.mark.timeout(120)  # a hang
bounded = settings(
    max_examples=150,
    deadline=timedelta(seconds=5),  # nothing hangs
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,  # a test that fails, fails again
    database=None,
)


@st.composite
def damaged(draw, content: bytes) -> bytes:
    """The content with some bytes changed, cut out, put in, or cut off at the end."""
    result = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(result)))
        count = draw(st.integers(0, 8) | st.integers(0, len(result)))
        result[place : place + count] = draw(st.binary(max_size=8))
    return bytes(result)


def refused_or(read, *arguments, lines: int = 2):
    """What it returns; None if it said in a few lines what is wrong."""
    try:
        return read(*arguments)
    except UserError as error:
        assert 1 <= len(str(error).splitlines()) <= lines, str(error)
        assert len(str(error)) < 600
        return None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
BILLIONS = "seed: &a0 [x, x]\n" + "".join(
    f"k{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)
)
DEEP = b"seed: " + b"[" * 5000 + b"]" * 5000


@bounded
@given(st.binary() | st.text().map(str.encode) | damaged(PARAMS))
@example(BILLIONS.encode())
@example(BILLIONS.replace("k29", "epochs").encode())
@example(DEEP)
def test_params(tmp_path, content):
    (tmp_path / "params.yaml").write_bytes(content)
    assert isinstance(refused_or(read_params, tmp_path / "params.yaml"), Params | None)


@bounded
@given(st.sampled_from(sorted(Params.model_fields)) | st.text(), values)
def test_a_value_of_params(tmp_path, key, value):
    content = yaml.safe_dump({**yaml.safe_load(PARAMS), key: value}, allow_unicode=True)
    (tmp_path / "params.yaml").write_text(content, encoding="utf-8")
    params = refused_or(read_params, tmp_path / "params.yaml")
    assert params is None or params.model_dump()[key] == value


def packed(save=np.savez, **arrays) -> bytes:
    file = io.BytesIO()
    save(file, **arrays)
    return file.getvalue()


FEW = {"x_train": (30, 4, 4), "y_train": (30,), "x_test": (10, 4, 4), "y_test": (10,)}
FEW = {key: np.arange(np.prod(shape), dtype="u1").reshape(shape) % 10 for key, shape in FEW.items()}


def header(text: str) -> bytes:
    """An .npz whose arrays say that they are something else."""
    member = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for key in FEW:
            archive.writestr(f"{key}.npy", member)
    return file.getvalue()


headers = st.builds(
    "{{'descr': {!r}, 'fortran_order': {!r}, 'shape': {!r}}}\n".format,
    st.sampled_from(["|u1", "<f8", "|O", "<U9", "|V0", [("a", "<i4")], "nonsense"]) | st.text(),
    st.booleans(),
    st.lists(st.integers(-1, 2**70), max_size=5).map(tuple) | st.text(),
)
archives = (
    st.binary()
    | damaged(packed(**FEW))
    | damaged(packed(np.savez_compressed, **FEW))
    | (headers | st.text()).map(header)
)


@bounded
@given(archives)
def test_raw_images(tmp_path, monkeypatch, content):
    monkeypatch.setattr(MNIST, "shape", (4, 4))
    monkeypatch.setattr(MNIST, "train_count", 30)
    monkeypatch.setattr(keras_images, "VALID", 10)
    monkeypatch.setattr(keras_images, "TEST", 10)
    (tmp_path / "mnist.npz").write_bytes(content)
    data = refused_or(MNIST().load, 0, tmp_path)
    if data:
        assert data.train.samples.shape == (20, 4, 4, 1)


def test_an_archive_that_would_fill_the_memory(tmp_path, monkeypatch):
    """A thousand zeros take a byte of a zip archive."""
    monkeypatch.setattr(keras_images, "MAX_BYTES", 1_000_000)
    bomb = packed(np.savez_compressed, **{**FEW, "x_train": np.zeros(2_000_000, "u1")})
    assert len(bomb) < 10_000
    (tmp_path / "mnist.npz").write_bytes(bomb)
    with pytest.raises(UserError, match="x_train holds 2,000,128 bytes, more than 1,000,000"):
        MNIST().load(0, tmp_path)


@bounded
@given(damaged(packed(samples=FEW["x_train"])) | headers.map(header))
def test_samples(tmp_path, content):
    (tmp_path / "samples.npz").write_bytes(content)
    refused_or(dataset.load_generated, tmp_path / "samples.npz")


@bounded
@given(damaged(packed(lambda file, array: np.save(file, array), array=FEW["x_train"])))
def test_prepared(tmp_path, content):
    np.save(tmp_path / "labels.npy", FEW["y_train"])
    (tmp_path / "samples.npy").write_bytes(content)
    refused_or(dataset.open_split, tmp_path)
    (tmp_path / "table.json").write_bytes(content)
    refused_or(dataset.open_kind, tmp_path)
    (tmp_path / "classes.json").write_bytes(content)
    refused_or(dataset.open_classes, tmp_path)


def picture(kind: str) -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, (24, 20, 3)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF"])
def test_pictures(tmp_path, kind):
    @bounded
    @given(damaged(picture(kind)) | st.binary())
    def check(content):
        file = tmp_path / "picture"
        file.write_bytes(content)
        pictures, reasons = folder._read_all([file], 16, "rgb")
        assert pictures.shape == (1, 16, 16, 3) and set(reasons) <= {0}

    check()


table = ("a,b,c\n" + "".join(f"{n},{n / 7},{-n}e3\n" for n in range(120))).encode()


@bounded
@given(damaged(table) | st.binary() | st.text().map(lambda text: (text * 200).encode()))
def test_tables(tmp_path, content):
    (tmp_path / "table.csv").write_bytes(content)
    data = refused_or(CSV().load, 0, tmp_path)
    if data:
        assert all(np.isfinite(split.samples).all() for split in data.splits.values())


def test_models(tmp_path):
    file = tmp_path / "model.keras"
    storage.save_model(NETWORK.generator(Task(2, (4, 4, 1), Images())), file)
    content = file.read_bytes()

    @bounded
    @given(damaged(content))
    def check(changed):
        file.write_bytes(changed)
        refused_or(storage.load_model, file)

    check()
