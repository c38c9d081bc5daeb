"""Limits on what libraries use of a machine, so that every machine gives the same bytes.

With `portable: true` libraries use no instructions beyond AVX2, which x86-64 processors have had
since about 2015, and a fixed number of threads. They use no instructions that AMD and Intel round
differently, as those for approximate square roots. They read these variables when they are loaded.
Therefore `stages/__init__.py` calls `limit` before anything imports NumPy, TensorFlow or JAX.
"""

import os
import platform
from pathlib import Path

from ganpkg.errors import UserError

CPUINFO = Path("/proc/cpuinfo")
NEEDED = {"avx2", "fma"}
ONEDNN_VARIABLES = "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"
XLA_LIMITS = (
    "--xla_cpu_max_isa=AVX2",
    "--xla_backend_extra_options=xla_cpu_disable_platform_dependent_math",
)
LIMITS = {
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    "OPENBLAS_CORETYPE": "Haswell",
    # NumPy, SciPy and scikit-learn sum in another order with more threads. OpenBLAS never starts
    # more than the machine has, so that one is the only number that is the same everywhere.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}
THREADS = "TF_NUM_INTRAOP_THREADS", "NPROC"  # TensorFlow's and JAX's


def limit() -> None:
    """Sets the variables that params.yaml asks for. The stage itself reports mistakes there."""
    # Logged generators load this file, too, where no reader of YAML 1.2 may be installed.
    from ganpkg.yaml_text import mapping

    try:
        params = mapping(Path("params.yaml").read_text(encoding="utf-8"), "params.yaml")
    except (OSError, ValueError, UserError):
        return
    threads = params.get("threads")
    if params.get("portable") is True and type(threads) is int and can_be_portable():
        os.environ |= variables(threads)


def variables(threads: int) -> dict[str, str]:
    """The environment variables that make libraries portable, name -> value."""
    flags = os.environ.get("XLA_FLAGS", "").split()
    flags += [flag for flag in XLA_LIMITS if flag not in flags]
    return {**LIMITS, **dict.fromkeys(THREADS, str(threads)), "XLA_FLAGS": " ".join(flags)}


def can_be_portable() -> bool:
    """True on x86-64 Linux with AVX2, where all machines give the same bytes."""
    return (platform.system(), platform.machine()) == ("Linux", "x86_64") and (
        instructions() >= NEEDED
    )


def announce(portable: bool) -> None:
    """Prints a line if the parameter `portable` has no effect on this machine."""
    if portable and not can_be_portable():
        print("portable: true has no effect here (no x86-64 Linux with AVX2): other machines may")
        print("give other bytes; models/environment.json names this one")


def processor() -> str:
    """The processor's name."""
    return _cpuinfo().get("model name") or platform.processor()


def instructions() -> set[str]:
    """The instruction sets and other features of the processor; empty if they are not known."""
    facts = _cpuinfo()
    return set(facts.get("flags", facts.get("features", "")).split())


def onednn_limit() -> str:
    """`NAME=value` of the variable that keeps oneDNN from using this processor's AVX-512, or "".

    TensorFlow ignores the variable, and asks oneDNN for kernels that it may not use.
    """
    # oneDNN reads the second variable only if the first one is not set.
    variable = next((name for name in ONEDNN_VARIABLES if name in os.environ), "")
    value = os.environ.get(variable, "")
    below = value.upper().startswith(("SSE41", "AVX2")) or value.upper() == "AVX"
    return f"{variable}={value}" if below and "avx512f" in instructions() else ""


def _cpuinfo() -> dict[str, str]:
    lines = CPUINFO.read_text().splitlines() if CPUINFO.is_file() else []
    pairs = (line.partition(":")[::2] for line in lines)
    return {name.strip().lower(): value.strip() for name, value in pairs}
