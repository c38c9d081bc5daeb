"""The benchmarks' contenders play: their numbers are for quiet machines, and no test's matter."""

import re
import sys
from importlib.util import find_spec

import numpy as np
import pytest
from PIL import Image

from benchmarks import gpu, growth, speed, streaming
from benchmarks.race import Contender, Death
from tests.pipeline import MIN_SAMPLES

pytestmark = pytest.mark.slow
SMALL = {"mlp.generator_units": [8], "mlp.discriminator_units": [8], "batch_size": 8}
TORCH = ["torch", "torch.compile"]
CONTENDERS = ["compiled", "fit", *TORCH, "jax", "products alone"]


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(speed, "SECONDS", 0.01)
    monkeypatch.setattr(speed, "ROUNDS", 2)
    monkeypatch.setattr(speed, "CONTENDERS", CONTENDERS)
    monkeypatch.setattr(speed, "JOBS", {"small": ((8, 8, 1), SMALL, 2)})


def a_turn(contender) -> float:
    rate = contender.turn(0.01)
    contender.end()
    return rate


def test_a_race_in_which_some_die(tmp_path, monkeypatch, capsys):
    """As PyTorch did where triton met TensorFlow, here at the start or in its first turn."""
    python = tmp_path / "python"
    python.write_text(
        "#!/bin/sh\n"
        'case "$3" in *default*) echo ready; read turn;; esac\n'
        "printf 'no luck\\nlast words\\n\\n' >&2; kill -SEGV $$\n"
    )
    python.chmod(0o755)
    monkeypatch.setenv("TORCH_PYTHON", str(python))
    assert speed.main() == 1
    title, *lines = capsys.readouterr().out.splitlines()
    assert title.split() == ["small", "iterations/s", "compiled", "is"]
    alive = [line for line in lines if "died" not in line]
    assert [line[2:26].rstrip() for line in alive] == [
        name for name in CONTENDERS if name not in TORCH
    ]
    assert alive[0].endswith(" 1.00x") and all(float(line[26:40]) > 0 for line in alive)
    assert [line.split(maxsplit=1) for line in lines[len(alive) :]] == [
        [name, "died: SIGSEGV: last words"] for name in TORCH
    ]


@pytest.mark.skipif(find_spec("torch") is None, reason="needs requirements/bench.txt")
@pytest.mark.parametrize("contender", TORCH)
def test_torch(contender):
    assert a_turn(speed.start("small", contender)) > 0


def test_an_interpreter_that_is_not_there():
    with pytest.raises(Death, match="nowhere/python: No such file or directory"):
        Contender("benchmarks.torch_gan", python="nowhere/python")


def test_gpu():
    """On a CPU, as far as that plays."""
    assert a_turn(gpu.start("mlp-28", "float32", "fit")) > 0


def test_streaming(tmp_path):
    streaming.make_up(tmp_path / "samples.npy", 1000, streaming.SHAPE)
    contender = Contender("benchmarks.streaming", "mlp", str(tmp_path / "samples.npy"), "mapped")
    assert a_turn(contender) > 0


def test_growth(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(growth, "AXES", {"devices": (2,)})
    monkeypatch.setattr(growth, "PICTURE", tmp_path / "growth.png")
    monkeypatch.setitem(growth.BASE, "train samples", 1000)
    growth.main()
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert (tmp_path / "growth.png").stat().st_size > 5000


def test_few_pictures(fresh):
    random, folder = np.random.default_rng(0), fresh.folder / "data/raw/folder"
    folder.mkdir()
    for number, image in enumerate(random.integers(0, 256, (600, 8, 8, 3), np.uint8)):
        Image.fromarray(image).save(folder / f"{number}.png")
    given = "epochs=1", "num_samples=240", "dcgan.filters=4"
    output = fresh.run(sys.executable, "-m", "benchmarks.few_pictures", *given)
    assert output.startswith("400 pictures, in colour, sides of about 8 pixels: trained at 8, ")
    assert ", for 5 iterations, augmented, " in output
    for name in "augmented", "not augmented":
        assert re.search(rf"(?m)^\| {name} (\| \S+( ± \S+)? \(.+\) ){{5}}\| 0 min \|$", output)


def test_gallery(fresh):
    """A preset's section is written anew; those of other presets stay."""
    fresh.set_params(epochs=5, num_samples=MIN_SAMPLES)
    page = fresh.folder / "docs/gallery.md"
    page.write_text("# Gallery\n\n## parabola\n\nHere.\n\n## textbook-digits\n\nOld.\n")
    fresh.commit()
    fresh.run(sys.executable, "-m", "benchmarks.gallery", "textbook-digits")
    new, old = re.split("(?m)^## ", page.read_text())[1:]
    assert old == "parabola\n\nHere.\n"
    assert "`python -m ganpkg.preset textbook-digits`: trained in 1 min on " in new
    assert re.search(r"(?m)^\| `fid` \| [\d.]+ ± [\d.]+ \| [\d.]+ ± [\d.]+ \|$", new)
    picture = fresh.folder / "docs/gallery/textbook-digits.png"
    assert picture.stat().st_size > 1000 and "](gallery/textbook-digits.png)" in new
    # One that is not there is an error before any training.
    output = fresh.run(sys.executable, "-m", "benchmarks.gallery", "parabola", "dcgan", status=2)
    assert output.startswith("gallery: unknown preset 'dcgan'")
