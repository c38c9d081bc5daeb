"""The benchmarks' contenders play: their numbers are for quiet machines, and no test's matter."""

from importlib.util import find_spec

import pytest

from benchmarks import gpu, growth, speed, streaming

pytestmark = pytest.mark.slow


def a_turn(*command, **environment) -> float:
    process = speed.start(*command, **environment)
    rate = speed.turn(process)
    process.communicate()
    return rate


@pytest.mark.parametrize("contender", speed.CONTENDERS)
def test_speed(contender):
    if contender.startswith("torch") and find_spec("torch") is None:
        pytest.skip("needs requirements/bench.txt")
    assert a_turn("benchmarks.speed", "digits mlp (the default)", contender) > 0


def test_gpu():
    """On a CPU, as far as that plays."""
    assert a_turn("benchmarks.gpu", "mlp-28", "float32", "fit", **gpu.OURS) > 0
    assert gpu.resumed("mlp-28", "bfloat16") == gpu.undisturbed("mlp-28", "bfloat16")


@pytest.mark.parametrize("how", ["memory", "mapped"])
def test_streaming(how, tmp_path):
    streaming.make_up(tmp_path / "samples.npy", 1000, streaming.SHAPE)
    assert a_turn("benchmarks.streaming", "mlp", str(tmp_path / "samples.npy"), how) > 0


def test_growth(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(growth, "AXES", {"filters": (2,), "devices": (2,)})
    monkeypatch.setattr(growth, "PICTURE", tmp_path / "growth.png")
    monkeypatch.setitem(growth.BASE, "train samples", 1000)
    growth.main()
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert (tmp_path / "growth.png").stat().st_size > 5000
