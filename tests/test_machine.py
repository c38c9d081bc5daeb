"""What `portable` limits, and the versions that are recorded."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from ganpkg import machine, stage, versions
from ganpkg.errors import UserError
from tests.pipeline import ROOT

PRINT = """
import os, stages
import numpy._core._multiarray_umath as numpy
print([numpy.__cpu_features__[name] for name in ("X86_V4", "AVX512_ICL")])
print(os.environ.get("TF_NUM_INTRAOP_THREADS"), os.environ.get("XLA_FLAGS"))
"""


def run(folder):
    """What a stage finds when it imports NumPy."""
    own = (*machine.LIMITS, *machine.THREADS, "XLA_FLAGS")
    environment = {name: value for name, value in os.environ.items() if name not in own}
    environment["PYTHONPATH"] = str(ROOT)
    command = sys.executable, "-W", "error", "-c", PRINT
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.skipif(not machine.can_be_portable(), reason="needs x86-64 Linux with AVX2")
def test_a_stage_limits_libraries_before_it_imports_them(write_params):
    folder = write_params(portable=True, threads=3).parent
    assert run(folder) == ["[False, False]", f"3 {' '.join(machine.XLA_LIMITS)}"]
    write_params(portable=False)
    assert run(folder)[1] == "None None"


ROOTS = """
from ganpkg import backend, machine
import numpy as np
from keras import ops
backend.deterministic_kernels()
x, y = np.random.default_rng(0).uniform(0.001, 10, (2, 10_000)).astype("float32")
if backend.NAME == "jax":
    from jax import jit
    compiled = {"xla": jit}
else:
    import tensorflow as tf
    compiled = {"graph": tf.function, "xla": lambda f: tf.function(f, jit_compile=True)}
for compile_ in compiled.values():
    assert (np.asarray(compile_(ops.rsqrt)(x)) == 1 / np.sqrt(x)).all()
if backend.NAME == "tensorflow":  # elsewhere it is a product with an exact root
    assert (tf.function(lambda x: y / ops.sqrt(x))(x).numpy() == y / np.sqrt(x)).all()
"""


@pytest.mark.skipif(not machine.can_be_portable(), reason="needs x86-64 Linux with AVX2")
@pytest.mark.slow_but_one
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_roots_are_exact(backend):
    """AMD's and Intel's instructions for approximate roots differ."""
    variables = machine.variables(threads=4) | {"KERAS_BACKEND": backend}
    command = [sys.executable, "-c", ROOTS]
    subprocess.run(command, cwd=ROOT, env=os.environ | variables, check=True)


@pytest.mark.parametrize("text", [None, b"\xff", b"portable: [", b"portable: true\nthreads: x\n"])
def test_what_is_wrong_is_left_to_the_stage(tmp_path, text):
    if text:
        (tmp_path / "params.yaml").write_bytes(text)
    assert run(tmp_path)[1] == "None None"


def test_threads_count_only_if_portable(shipped):
    assert shipped.effective()["threads"] == shipped.threads
    assert "threads" not in shipped.changed({"portable": False}).effective()


def test_the_recorded_versions_are_the_installed_ones(monkeypatch, write_params):
    monkeypatch.chdir(write_params(backend="jax").parent)
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    with pytest.raises(UserError, match=r"requirements/versions.yaml: no such file; `python -m"):
        stage.read_params()
    versions.main()
    assert stage.read_params().backend == "jax"
    text = (ROOT / versions.FILE).read_text()
    file = Path(versions.FILE)
    assert file.read_text() == text and f"keras: {version('keras')}\n" in text
    file.write_text(text.replace(f"jaxlib {version('jaxlib')}", "jaxlib 0.1"))
    with pytest.raises(UserError) as error:
        stage.read_params()
    first, second = str(error.value).splitlines()
    assert first.startswith("requirements/versions.yaml: jax: jax ")
    assert "jaxlib 0.1 is recorded, " in first and "`make repro` installs the pinned" in second
