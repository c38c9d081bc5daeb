"""What the preset `pictures` chooses by the pictures."""

import os
import subprocess
import sys

import pytest
from PIL import Image

from ganpkg import pictures, preset
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


def choose(seen, given=None):
    return pictures.choose(seen, preset.values("pictures", given), given or {})


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
    changes, why = choose(pictures.look(lay(120, size, mode)))
    assert (changes["folder.size"], changes["folder.colours"]) == (side, colours)
    assert f"sides of about {min(size)} pixels: trained at {side}, for" in why


@pytest.mark.parametrize(
    "count, given, per_epoch", [(120, {}, 1), (1200, {}, 15), (1200, {"batch_size": 32}, 30)]
)
def test_the_iterations_are_always_as_many(count, given, per_epoch):
    changes, why = choose(pictures.Pictures(count, 40, "rgb"), given)
    iterations = per_epoch * changes["epochs"]
    assert 0 <= iterations - pictures.ITERATIONS < per_epoch
    assert f", for {iterations:,} iterations, " in why
    assert ("That is few" in why) == (count < 1000)


def test_a_batch_is_no_larger_than_the_train_split():
    few = pictures.Pictures(120, 40, "rgb")
    assert choose(few)[0]["batch_size"] == 60
    with pytest.raises(UserError, match="batch_size: given 64, expected at most 60"):
        choose(few, {"batch_size": 64})


def test_only_few_pictures_are_augmented():
    changes, why = choose(pictures.Pictures(19_999, 40, "rgb"))
    assert changes["augmentation.cutout"] is True
    assert why.endswith(", augmented, since they are fewer than 20,000")
    changes, why = choose(pictures.Pictures(20_001, 40, "rgb"))
    assert changes["augmentation.cutout"] is False
    assert why.endswith(", not augmented, since they are more than 20,000")


@pytest.mark.parametrize(
    "given, told",
    [
        ({"folder.size": 64}, "of about 40 pixels: trained at 64, for 6,000 iterations, "),
        (
            {"folder.colours": "grey"},
            "in colour, sides of about 40 pixels: trained at 32 in grey,",
        ),
        ({"epochs": 7}, "for 105 iterations, "),
        ({"batch_size": 16, "epochs": 7}, "for 420 iterations, "),
        ({"augmentation.cutout": False}, ", augmented by colour, translation."),
        ({"augmentation.mirror": True}, ", augmented by colour, translation, cutout, mirror."),
        ({f"augmentation.{name}": False for name in pictures.AUGMENTED}, ", not augmented."),
    ],
)
def test_the_line_says_what_runs(given, told):
    changes, why = choose(pictures.Pictures(1200, 40, "rgb"), given)
    assert told in f"{why}."
    assert changes.keys().isdisjoint(given)


def test_options_count(monkeypatch, capsys):
    """Whatever the form in which they are given; those of a grid, too."""
    commands = []
    monkeypatch.setattr(pictures, "look", lambda _: pictures.Pictures(1200, 40, "rgb"))
    monkeypatch.setattr(os, "execv", lambda _, command: commands.append(command))

    def run(*options):
        monkeypatch.setattr(sys, "argv", ["preset", "pictures", *options])
        preset.main()
        return capsys.readouterr().out.splitlines()

    for options in (["-S", "batch_size=16"], ["-Sbatch_size=16"], ["--set-param=batch_size=16"]):
        (line,) = run(*options)
        assert "for 6,000 iterations" in line
        assert "--set-param=epochs=100" in commands[-1] and commands[-1][-len(options) :] == options
    small, large = run("-S", "folder.size=32,64", "-S", "seed=1,2", "--queue")
    assert "trained at 32," in small and "trained at 64," in large
    with pytest.raises(UserError, match="batch_size: given several values, expected one"):
        run("-S", "batch_size=16,32", "--queue")
    assert len(run("-S", "batch_size=16,32", "-S", "epochs=7", "--queue")) == 2


def test_damaged_pictures_are_left_to_prepare(lay):
    folder = lay(120)
    (folder / "0.png").write_bytes(b"no picture")
    assert pictures.look(folder) == (120, 40, "rgb")
    for file in folder.iterdir():
        file.write_bytes(b"no picture")
    with pytest.raises(UserError, match="none of 100 files can be read as a picture"):
        pictures.look(folder)


def test_too_few_pictures(lay):
    with pytest.raises(UserError, match="7 pictures, expected at least 100"):
        pictures.look(lay(7))


def test_without_a_folder():
    done = subprocess.run(
        [sys.executable, "-m", "ganpkg.preset", "pictures"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    told = "preset: data/raw/folder: 0 pictures, expected at least 100\n"
    assert (done.returncode, done.stderr) == (2, told)
