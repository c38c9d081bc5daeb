"""What is recorded of the surroundings of a training."""

import pytest

from ganpkg.environment import environment


@pytest.mark.parametrize("name", ["DNNL_MAX_CPU_ISA", "MKL_CBWR", "NPY_DISABLE_CPU_FEATURES"])
def test_a_variable_that_may_change_how_libraries_compute_is_recorded(monkeypatch, name):
    monkeypatch.delenv(name, raising=False)
    before = environment()
    monkeypatch.setenv(name, "AVX2")
    assert f"{name}=AVX2" in environment()["flags"].split()
    assert environment() | {"flags": before["flags"]} == before


@pytest.mark.parametrize(
    "name",
    [
        "TF_CPP_MIN_LOG_LEVEL",
        "KERAS_DISTRIBUTION_PROCESS_ID",
        "JAX_COORDINATOR_BIND_ADDRESS",
        "HOME",
    ],
)
def test_a_harmless_one_is_not(monkeypatch, name):
    before = environment()
    monkeypatch.setenv(name, "3")
    assert environment() == before
