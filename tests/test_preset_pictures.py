"""What the preset `pictures` chooses by the pictures."""

import subprocess
import sys

import pytest
from PIL import Image

from ganpkg import pictures
from ganpkg.errors import UserError
from tests.pipeline import ROOT


@pytest.fixture
def lay(tmp_path):
    """Makes a folder of so many pictures of one size and mode."""

    def make(count, size=(40, 48), mode="RGB"):
        folder = tmp_path / "folder"
        folder.mkdir()
        for number in range(count):
            Image.new(mode, size).save(folder / f"{number}.png")
        return folder

    return make


@pytest.mark.parametrize(
    "size, mode, side, colours",
    [
        ((40, 48), "RGB", 32, "rgb"),
        ((500, 300), "RGBA", 32, "rgb"),
        ((21, 40), "L", 20, "grey"),
        ((33, 33), "P", 32, "rgb"),
    ],
)
def test_size_and_colours_follow_from_the_pictures(lay, size, mode, side, colours):
    changes, why = pictures.choose(lay(120, size, mode), 64)
    assert (changes["folder.size"], changes["folder.colours"]) == (side, colours)
    assert f"sides of about {min(size)} pixels: trained at {side}" in why


@pytest.mark.parametrize("count, batch, train", [(120, 64, 60), (1200, 32, 960)])
def test_the_iterations_are_always_as_many(lay, count, batch, train):
    changes, why = pictures.choose(lay(count), batch)
    iterations = max(1, train // batch) * changes["epochs"]
    assert 0 <= iterations - pictures.ITERATIONS < max(1, train // batch)
    assert ("That is few" in why) == (count < 1000)


def test_only_few_pictures_are_augmented(lay, monkeypatch):
    folder = lay(120)
    assert pictures.choose(folder, 64)[0]["augmentation.cutout"] is True
    monkeypatch.setattr(pictures, "MANY", 120)
    assert pictures.choose(folder, 64)[0]["augmentation.cutout"] is False


def test_damaged_pictures_are_left_to_prepare(lay):
    folder = lay(120)
    (folder / "0.png").write_bytes(b"no picture")
    assert pictures.choose(folder, 64)[0]["folder.size"] == 32
    for file in folder.iterdir():
        file.write_bytes(b"no picture")
    with pytest.raises(UserError, match="none of 100 files can be read as a picture"):
        pictures.choose(folder, 64)


def test_too_few_pictures(lay):
    with pytest.raises(UserError, match="7 pictures, expected at least 100"):
        pictures.choose(lay(7), 64)


def test_without_a_folder():
    done = subprocess.run(
        [sys.executable, "-m", "ganpkg.preset", "pictures"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    told = "preset: data/raw/folder: 0 pictures, expected at least 100\n"
    assert (done.returncode, done.stderr) == (2, told)
