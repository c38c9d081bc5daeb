"""The processor, as Linux describes it, and the instruction sets that oneDNN may use of it."""

import os
import platform
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
VARIABLES = "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"


def name() -> str:
    return _facts().get("model name") or platform.processor()


def instructions() -> set[str]:
    """Its instruction sets and other features; empty where Linux does not tell."""
    facts = _facts()
    return set(facts.get("flags", facts.get("features", "")).split())


def cap() -> str:
    """The variable, with its value, that keeps oneDNN from an AVX-512 that is there; else empty.

    TensorFlow looks at the processor alone, and then asks oneDNN for kernels it may not use.
    """
    # oneDNN reads the second only where the first is not set.
    variable = VARIABLES[0] if VARIABLES[0] in os.environ else VARIABLES[1]
    value = os.environ.get(variable, "")
    below = value.upper().startswith(("SSE41", "AVX2")) or value.upper() == "AVX"
    return f"{variable}={value}" if below and "avx512f" in instructions() else ""


def _facts() -> dict[str, str]:
    lines = CPUINFO.read_text().splitlines() if CPUINFO.is_file() else []
    pairs = (line.partition(":")[::2] for line in lines)
    return {name.strip().lower(): value.strip() for name, value in pairs}
