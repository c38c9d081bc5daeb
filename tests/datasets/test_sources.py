"""Every source: shapes, disjoint splits that depend on the seed, and damaged or wrong files."""

import numpy as np
import pytest

from ganpkg.datasets import dataset
from ganpkg.errors import UserError


@pytest.fixture
def load(shipped):
    """Loads a dataset under the shipped parameters, with changes."""

    def load(name, seed, raw=None, **changes):
        return shipped.changed({"dataset": name, **changes}).room("dataset").load(seed, raw)

    return load


def made_up(shape, train_count, label_shape=()):
    """A dataset of the right shapes, each image carrying its own number."""
    arrays = {}
    for part, count in (("train", train_count), ("test", 10_000)):
        images = np.zeros((count, *shape), np.uint8)
        images.reshape(count, -1)[:, :4] = np.arange(count, dtype="<u4").view("u1").reshape(-1, 4)
        arrays |= {
            f"x_{part}": images,
            f"y_{part}": np.reshape(np.arange(count) % 10, (count, *label_shape)).astype(np.uint8),
        }
    return arrays


@pytest.fixture(scope="module")
def made_up_mnist():
    return made_up((28, 28), 60_000)


@pytest.fixture
def raw(tmp_path):
    """Writes data/raw/<name>.npz."""

    def write(name="mnist", **arrays):
        np.savez(tmp_path / f"{name}.npz", **arrays)
        return tmp_path

    return write


def test_digits(load):
    data = load("digits", 0)
    assert [len(split.samples) for split in data.splits.values()] == [1077, 360, 360]
    for split in data.splits.values():
        assert split.samples.shape[1:] == (8, 8, 1) and split.samples.dtype == np.uint8
        assert split.samples.min() == 0 and split.samples.max() == 255
        assert len(split.labels) == len(split.samples)
        assert set(split.labels) == set(range(10))


def test_digits_splits_are_a_partition_of_the_set(load):
    from sklearn.datasets import load_digits

    data = load("digits", 3)
    together = np.concatenate([split.samples for split in data.splits.values()]).reshape(1797, 64)
    original = np.round(load_digits().data * 255 / 16).astype(np.uint8)
    assert sorted(map(bytes, together)) == sorted(map(bytes, original))


def test_splits_follow_from_the_seed(load):
    first, again, other = (load("digits", seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.train.samples, again.train.samples)
    assert not np.array_equal(first.test.samples, other.test.samples)


def test_mnist_splits(load, made_up_mnist, raw):
    data = load("mnist", 0, raw(**made_up_mnist))
    assert [len(split.samples) for split in data.splits.values()] == [50_000, 10_000, 10_000]
    numbers = [
        np.ascontiguousarray(split.samples.reshape(-1, 784)[:, :4]).view("<u4")[:, 0]
        for split in data.splits.values()
    ]
    assert len(set(numbers[0]) | set(numbers[1])) == 60_000  # disjoint
    np.testing.assert_array_equal(numbers[2], np.arange(10_000))  # MNIST's own test set
    for split, number in zip(data.splits.values(), numbers):
        assert split.samples.shape[1:] == (28, 28, 1)
        np.testing.assert_array_equal(split.labels, number % 10)


@pytest.mark.parametrize(
    "name, shape, train_count, label_shape",
    [("fashion_mnist", (28, 28), 60_000, ()), ("cifar10", (32, 32, 3), 50_000, (1,))],
)
def test_the_other_sets_of_keras(load, raw, name, shape, train_count, label_shape):
    arrays = made_up(shape, train_count, label_shape)
    data = load(name, 0, raw(name, **arrays))
    sizes = [train_count - 10_000, 10_000, 10_000]
    assert [split.samples.shape for split in data.splits.values()] == [
        (size, *shape[:2], (*shape, 1)[2]) for size in sizes
    ]
    assert [split.labels.shape for split in data.splits.values()] == [(size,) for size in sizes]
    np.testing.assert_array_equal(
        data.test.samples.reshape(10_000, -1)[:, 0], np.arange(10_000) % 256
    )
    other = "mnist" if name == "cifar10" else "cifar10"
    np.savez(raw(name, **arrays) / f"{other}.npz", **arrays)
    with pytest.raises(UserError, match="x_train: given uint8 of shape"):
        load(other, 0, raw(name, **arrays))


@pytest.mark.parametrize(
    "change, message",
    [
        ({"x_train": None}, "expected the arrays x_train, y_train, x_test, y_test"),
        ({"x_train": np.zeros((60_000, 28, 28))}, "x_train: given float64"),
        ({"x_train": np.zeros((10, 28, 28), "u1")}, r"shape \(10, 28, 28\), expected uint8"),
        ({"x_test": np.zeros((10_000, 784), "u1")}, "x_test: given uint8 of shape"),
        ({"y_test": np.zeros(9, "u1")}, "y_test: given uint8 of shape"),
        ({"y_train": np.full(60_000, 10, "u1")}, "expected 60000 labels 0 to 9"),
        ({"y_train": np.array([{}] * 60_000)}, "cannot be read"),  # would need pickle
    ],
)
def test_wrong_raw_mnist(load, made_up_mnist, raw, change, message):
    arrays = {k: v for k, v in {**made_up_mnist, **change}.items() if v is not None}
    with pytest.raises(UserError, match=message) as caught:
        load("mnist", 0, raw(**arrays))
    assert len(str(caught.value).splitlines()) <= 2


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut off"])
def test_damaged_raw_mnist(load, tmp_path, content):
    (tmp_path / "mnist.npz").write_bytes(content)
    with pytest.raises(UserError, match="cannot be read as the"):
        load("mnist", 0, tmp_path)


def test_truncated_raw_mnist(load, made_up_mnist, raw):
    path = raw(**made_up_mnist) / "mnist.npz"
    path.write_bytes(path.read_bytes()[:1_000_000])
    with pytest.raises(UserError, match="cannot be read"):
        load("mnist", 0, path.parent)


def test_failed_download(load, tmp_path, monkeypatch):
    from keras.datasets import mnist

    def fail():
        raise Exception("URL fetch failure: no route to host")

    monkeypatch.setattr(mnist, "load_data", fail)
    with pytest.raises(UserError, match=r"no route to host\nwithout a network, lay the file"):
        load("mnist", 0, tmp_path)


def test_stacked_mnist(load, made_up_mnist, raw):
    data = load("stacked_mnist", 0, raw(**made_up_mnist))
    digits = load("mnist", 0, raw(**made_up_mnist))
    for split, single in zip(data.splits.values(), digits.splits.values()):
        assert split.samples.shape == (len(single.samples), 28, 28, 3)
        label_of = {image.tobytes(): label for image, label in zip(single.samples, single.labels)}
        for image, label in zip(split.samples[:200], split.labels):
            channels = (np.ascontiguousarray(image[..., c]).tobytes() for c in range(3))
            assert "".join(str(label_of[channel]) for channel in channels) == f"{label:03d}"
    assert len(data.classes) == 1000 and data.classes[7] == "007"


def test_saved_splits_come_back_memory_mapped(load, tmp_path):
    data = load("digits", 0)
    dataset.save(data, tmp_path)
    for name, split in data.splits.items():
        opened = dataset.open_split(tmp_path / name)
        np.testing.assert_array_equal(opened.samples, split.samples)
        np.testing.assert_array_equal(opened.labels, split.labels)
        assert isinstance(opened.samples, np.memmap)
    assert dataset.open_kind(tmp_path).to_json() is None
    counts = np.bincount(data.train.labels).tolist()
    assert dataset.open_classes(tmp_path) == dict(zip("0123456789", counts))


def test_missing_and_damaged_split(tmp_path):
    with pytest.raises(UserError, match="no such file; `dvc repro prepare` makes it"):
        dataset.open_split(tmp_path)
    (tmp_path / "samples.npy").write_bytes(b"\x93NUMPY cut off")
    with pytest.raises(UserError, match="is damaged"):
        dataset.open_split(tmp_path)
