"""A folder of pictures: classes, and files that are no pictures or in the wrong places."""

import os

import numpy as np
import pytest
from PIL import Image

from ganpkg.datasets import folder
from ganpkg.datasets.folder import Folder
from ganpkg.errors import UserError

RED, BLUE = (200, 30, 40), (20, 60, 220)


@pytest.fixture
def pictures(tmp_path):
    """Writes 60 reddish pictures to folder/red and 60 bluish ones to folder/blue."""
    rng = np.random.default_rng(0)
    for name, colour in (("red", RED), ("blue", BLUE)):
        place = tmp_path / "folder" / name
        place.mkdir(parents=True)
        for number in range(60):
            height, width = rng.integers(20, 60, size=2)
            pixels = np.clip(np.array(colour) + rng.normal(0, 8, (height, width, 3)), 0, 255)
            Image.fromarray(pixels.astype(np.uint8)).save(place / f"{number:03d}.png")
    return tmp_path


def load(raw, size=16, colours="rgb", skip_damaged=False, seed=0):
    return Folder(size=size, colours=colours, skip_damaged=skip_damaged).load(seed, raw)


def test_pictures_in_classes(pictures):
    data = load(pictures)
    assert [len(split.samples) for split in data.splits.values()] == [60, 30, 30]
    assert data.train.samples.shape == (60, 16, 16, 3)
    assert data.train.samples.dtype == data.train.labels.dtype == np.uint8
    for split in data.splits.values():
        blue, red = split.samples[split.labels == 0], split.samples[split.labels == 1]
        assert len(blue) and len(red) and len(blue) + len(red) == len(split.samples)
        assert (blue.mean(axis=(1, 2)) - BLUE).max() < 10
        assert (red.mean(axis=(1, 2)) - RED).max() < 10


@pytest.mark.parametrize(
    "names",
    [
        ["1", "2", "10"],
        ["-2", "-1", "0.5", "03", "20"],
        ["9", "10", "apple", "box 2", "box 10", "box a"],
    ],
)
def test_numbers_in_the_names_of_classes_sort_as_numbers(tmp_path, names):
    """The pictures of a class are as bright as its place in the list."""
    for number, name in enumerate(names):
        (tmp_path / "folder" / name).mkdir(parents=True)
        for copy in range(60):
            Image.new("L", (8, 8), 40 * number).save(tmp_path / "folder" / name / f"{copy}.png")
    data = load(tmp_path, size=8, colours="grey")
    train = data.train
    assert data.classes == names
    np.testing.assert_array_equal(train.samples[:, 0, 0, 0], 40 * train.labels)


def test_the_same_again_and_another_seed(pictures):
    first, again, other = (load(pictures, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.train.samples, again.train.samples)
    assert not np.array_equal(first.test.samples, other.test.samples)


def test_grey_and_no_classes(pictures):
    for number, path in enumerate(sorted((pictures / "folder").rglob("*.png"))):
        path.rename(pictures / "folder" / f"{number}.png")
    for name in ("red", "blue"):
        (pictures / "folder" / name).rmdir()
    data = load(pictures, size=8, colours="grey")
    assert data.train.samples.shape == (60, 8, 8, 1)
    assert not data.train.labels.any()


def damage(pictures):
    place = pictures / "folder" / "red"
    (place / "003.png").write_bytes(b"")
    (place / "notes.txt").write_text("no picture")
    whole = (place / "004.png").read_bytes()
    (place / "004.png").write_bytes(whole[: len(whole) // 2])
    return ["003.png", "004.png", "notes.txt"]


def test_all_damaged_files_are_listed_at_once(pictures):
    names = damage(pictures)
    with pytest.raises(UserError) as caught:
        load(pictures)
    first, *others = str(caught.value).splitlines()
    assert (
        "3 of 121 files cannot be read as pictures" in first
        and "folder.skip_damaged: true" in first
    )
    assert len(others) == 3
    for name, line in zip(names, others):
        assert f"red/{name}: " in line


def test_damaged_files_are_skipped_if_so_chosen(pictures, capsys):
    damage(pictures)
    data = load(pictures, skip_damaged=True)
    assert sum(len(split.samples) for split in data.splits.values()) == 118
    assert sum((split.labels == 1).sum() for split in data.splits.values()) == 58
    assert "skipped 3 of 121 files" in capsys.readouterr().err


def test_a_subfolder_without_any_picture_is_no_class(pictures):
    notes = pictures / "folder" / "annotations"  # the first in alphabetical order
    notes.mkdir()
    for number in range(3):
        (notes / f"{number}.xml").write_text("<object/>")
    data = load(pictures, skip_damaged=True)
    assert len(data.classes) == 2 and set(data.train.labels) == {0, 1}


def test_too_few_and_none(pictures, tmp_path):
    for path in (pictures / "folder" / "red").iterdir():
        path.unlink()
    with pytest.raises(UserError, match="60 pictures, expected at least 100"):
        load(pictures)
    with pytest.raises(UserError, match="no pictures there"):
        load(tmp_path / "elsewhere")


@pytest.mark.parametrize("skip_damaged", [False, True])
@pytest.mark.parametrize("names", [["train"], ["Train", "TEST"], ["train", "val", "test"]])
def test_splits_are_no_classes(tmp_path, monkeypatch, names, skip_damaged):
    monkeypatch.delattr(folder, "read_picture")  # it is told before any picture is read
    for name in names:
        for kind in ("cat", "dog"):
            (tmp_path / "folder" / name / kind).mkdir(parents=True)
            (tmp_path / "folder" / name / kind / "1.png").write_bytes(b"")
    with pytest.raises(UserError, match=r"the splits are drawn here;\n.*merge them: ") as caught:
        load(tmp_path, skip_damaged=skip_damaged)
    assert f"{tmp_path}/folder/cat and {tmp_path}/folder/dog ..." in str(caught.value)


def test_splits_without_classes(pictures):
    (pictures / "folder" / "red").rename(pictures / "folder" / "train")
    (pictures / "folder" / "blue").rename(pictures / "folder" / "test")
    with pytest.raises(UserError, match=r"test, train are no classes.*\nmove all files up"):
        load(pictures)


def test_classes_beside_train_are_classes(pictures):
    """A train is a thing to photograph."""
    (pictures / "folder" / "red").rename(pictures / "folder" / "train")
    assert list(load(pictures).classes) == ["blue", "train"]


@pytest.mark.parametrize("of", ["file", "subfolder"])
def test_a_name_that_is_no_utf_8(pictures, of):
    place = pictures / "folder" / "red"
    old, new = (place / "003.png", place) if of == "file" else (place, place.parent)
    try:
        os.rename(old, os.fsencode(new) + b"/caf\xe9")
    except OSError:
        pytest.skip("this file system takes only UTF-8")
    with pytest.raises(UserError, match="is no UTF-8; rename it") as caught:
        load(pictures)
    str(caught.value).encode()
    assert f"folder: the name {b'red/caf' if of == 'file' else b'caf'!r}"[:-1] in str(caught.value)


def test_files_beside_subfolders(pictures):
    (pictures / "folder" / "red" / "000.png").rename(pictures / "folder" / "000.png")
    with pytest.raises(UserError, match="1 files lie beside subfolders") as caught:
        load(pictures)
    assert len(str(caught.value).splitlines()) == 2


def test_notes_beside_subfolders_are_skipped_if_so_chosen(pictures, capsys):
    (pictures / "folder" / "README.txt").write_text("no picture")
    assert len(load(pictures, skip_damaged=True).classes) == 2
    assert "skipped 1 of 121 files" in capsys.readouterr().err


def test_links_to_folders_are_refused(pictures):
    """DVC tells a changed picture from the same one only where it looks."""
    (pictures / "folder" / "red").rename(pictures / "elsewhere")
    (pictures / "folder" / "red").symlink_to(pictures / "elsewhere")
    with pytest.raises(UserError, match="folder/red: is a link to a folder"):
        load(pictures)


def test_a_link_in_place_of_the_folder_is_refused(pictures):
    (pictures / "folder").rename(pictures / "elsewhere")
    (pictures / "folder").symlink_to(pictures / "elsewhere")
    with pytest.raises(
        UserError, match=r"folder: is a link, .*\n.*move or copy the pictures there"
    ):
        load(pictures)


def test_hidden_files_are_no_pictures(pictures):
    (pictures / "folder" / "red" / ".DS_Store").write_bytes(b"x")
    assert sum(len(split.samples) for split in load(pictures).splits.values()) == 120


def test_a_class_of_one_picture_which_may_not_be_for_training(pictures):
    (pictures / "folder" / "yellow").mkdir()
    Image.new("RGB", (20, 20), "yellow").save(pictures / "folder" / "yellow" / "only.png")
    trains = 0
    for seed in range(30):  # it falls into train with one chance of two
        data = load(pictures, seed=seed)
        assert data.classes == ["blue", "red", "yellow"]
        trains += 2 in data.train.labels
    assert 5 < trains < 25
