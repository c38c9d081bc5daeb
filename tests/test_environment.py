"""What is recorded of the surroundings of a training."""

import pytest

from ganpkg import machine
from ganpkg.environment import PORTABLE, environment

INTEL = "model name : A 1\nflags : fpu avx2 fma avx512f\n"
OLD = "model name : A 0\nflags : fpu avx\n"


@pytest.fixture
def processor(monkeypatch, tmp_path):
    def have(cpuinfo):
        (tmp_path / "cpuinfo").write_text(cpuinfo)
        monkeypatch.setattr(machine, "CPUINFO", tmp_path / "cpuinfo")

    return have


def test_a_portable_training_has_no_processor(processor):
    processor(INTEL)
    facts = environment(portable=True)
    assert facts["processor"] == PORTABLE and not {"threads", "system"} & facts.keys()
    assert environment(portable=False)["processor"] == "A 1 avx2 avx512f fma"


def test_without_avx2_it_is_this_machines(processor, capsys):
    processor(INTEL)
    machine.announce(portable=True)
    assert not capsys.readouterr().out
    processor(OLD)
    machine.announce(portable=False)
    assert not capsys.readouterr().out
    machine.announce(portable=True)
    assert "portable: true has no effect here" in capsys.readouterr().out
    assert environment(portable=True) == environment(portable=False)
    assert environment(portable=True)["processor"] == "A 0 avx"


@pytest.mark.parametrize("name", ["DNNL_MAX_CPU_ISA", "MKL_CBWR", "NPY_DISABLE_CPU_FEATURES"])
def test_a_variable_that_may_change_how_libraries_compute_is_recorded(monkeypatch, name):
    monkeypatch.delenv(name, raising=False)
    before = environment(portable=True)
    monkeypatch.setenv(name, "AVX2")
    after = environment(portable=True)
    assert f"{name}=AVX2" in after["flags"].split()
    assert after | {"flags": before["flags"]} == before


@pytest.mark.parametrize(
    "name",
    [
        "TF_CPP_MIN_LOG_LEVEL",
        "KERAS_DISTRIBUTION_PROCESS_ID",
        "JAX_COORDINATOR_BIND_ADDRESS",
        "HOME",
        "TF_CLI_CONFIG_FILE",
    ],
)
def test_a_harmless_one_is_not(monkeypatch, name):
    before = environment(portable=True)
    monkeypatch.setenv(name, "3")
    assert environment(portable=True) == before
