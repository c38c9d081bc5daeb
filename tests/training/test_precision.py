"""With precision bfloat16 layers compute in it, and nothing else does."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest

from ganpkg import backend, machine, storage
from ganpkg.errors import UserError
from ganpkg.kinds.images import Images
from ganpkg.sampling.latents import generate
from ganpkg.training import build
from ganpkg.training.feed import Feed
from tests.training.conftest import weights
from tests.training.trainings import SMALL

ITERATIONS = 8
NETWORKS = {
    "conditional mlp": {"conditional": True},
    "maxout": {"architecture": "maxout"},
    "conditional dcgan": {
        "conditional": True, "architecture": "dcgan", "dcgan.normalization": "batch",
    },
    "conditional resnet": {"conditional": True, "architecture": "resnet"},
    "spectral dcgan": {
        "architecture": "dcgan", "dcgan.normalization": "spectral", "dcgan.upsampling": "bilinear",
    },
}  # fmt: skip


computes = pytest.mark.skipif(
    bool(machine.onednn_limit()), reason="not under a cap of instruction sets"
)


@pytest.fixture
def play(shipped, digits):
    """Trains a little from the same start weights; returns the game and the scores."""

    def play(precision, **changes):
        options = {"update": "joint", "ema_decay": 0.9999, "precision": precision}
        params = shipped.changed({**SMALL, **options, **changes})
        labels, classes = np.arange(len(digits)) % 10, 10 if params.conditional else 0
        keras.utils.set_random_seed(0)
        gan = build.gan(params, digits, Images(), classes)
        feed = Feed(params, digits, labels, classes)
        start = weights(gan.average)
        scores = build.engine(params, gan, feed).run(feed.batches(0, ITERATIONS))
        assert not np.array_equal(weights(gan.average), start)
        return gan, scores

    return play


def inner_layers(model):
    for layer in model.layers:
        yield from inner_layers(layer) if hasattr(layer, "layers") else [layer]


@computes
@pytest.mark.slow_but_one
@pytest.mark.parametrize("name", NETWORKS)
def test_layers_compute_in_bfloat16_and_all_else_stays_in_float32(play, name, tmp_path):
    gan, scores = play("bfloat16", **NETWORKS[name])
    _, expected = play("float32", **NETWORKS[name])
    assert 0 < np.abs(scores - expected)[:, :3].max() < 0.05  # bfloat16 has eight bits
    for network in (gan.generator, gan.discriminator):
        computed = {layer.compute_dtype for layer in inner_layers(network) if layer.weights}
        assert "bfloat16" in computed and computed <= {"bfloat16", "float32"}
    (output,) = [layer for layer in inner_layers(gan.generator) if layer.name == "pixels"]
    assert output.compute_dtype == "float32"
    floats = {v.dtype for v in gan.variables if "int" not in str(v.dtype)}
    assert floats == {"float32"}
    point = np.zeros((2, gan.generator.input_shape[1]), np.float32)
    fakes = gan.generator(point)
    assert (fakes.dtype, gan.discriminator(fakes).dtype) == ("float32", "float32")
    assert keras.config.dtype_policy().name == "float32"
    # And what is saved makes the same samples.
    storage.save_model(gan.sampler, tmp_path / "generator.keras")
    points = np.random.default_rng(0).normal(size=(20, gan.generator.input_shape[1]))
    points = points.astype(np.float32)
    again = generate(storage.load_model(tmp_path / "generator.keras"), points, gan.kind)
    assert (
        np.array_equal(again, generate(gan.sampler, points, gan.kind)) and again.dtype == np.uint8
    )


@computes
def test_the_textbook_engine_follows(play):
    """In losses: in an accuracy, one sample beside the boundary is a sixteenth."""
    _, scores = play("bfloat16")
    _, expected = play("bfloat16", engine="textbook")
    np.testing.assert_allclose(scores[:, :3], expected[:, :3], atol=0.02)


@pytest.mark.parametrize(
    "flags, variables, refused",
    [
        ("avx2 avx512f", {"DNNL_MAX_CPU_ISA": "AVX2"}, "DNNL_MAX_CPU_ISA=AVX2"),
        ("avx2 avx512f", {"ONEDNN_MAX_CPU_ISA": "avx2_vnni"}, "ONEDNN_MAX_CPU_ISA=avx2_vnni"),
        ("avx2 avx512f", {"ONEDNN_MAX_CPU_ISA": "ALL", "DNNL_MAX_CPU_ISA": "AVX2"}, ""),
        ("avx2 avx512f", {"DNNL_MAX_CPU_ISA": "AVX512_CORE"}, ""),
        ("avx2 avx512f", {}, ""),
        ("avx2", {"DNNL_MAX_CPU_ISA": "AVX2"}, ""),
    ],
)
def test_under_a_cap_bfloat16_is_refused(monkeypatch, tmp_path, flags, variables, refused):
    (tmp_path / "cpuinfo").write_text(f"processor : 0\nmodel name : A 1\nflags : fpu {flags}\n")
    monkeypatch.setattr(machine, "CPUINFO", tmp_path / "cpuinfo")
    monkeypatch.setattr(backend, "NAME", "tensorflow")
    monkeypatch.setattr(backend, "has_gpu", lambda: False)
    for name in machine.ONEDNN_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    params = SimpleNamespace(precision="bfloat16", portable=True)
    if refused:
        with pytest.raises(UserError, match=f"given bfloat16, expected float32 under {refused}:"):
            backend.check_precision(params)
    else:
        backend.check_precision(params)
    backend.check_precision(SimpleNamespace(precision="float32", portable=True))
