"""The facts that decide bytes, besides data, code, parameters and versions."""

import os
import platform
from pathlib import Path

from ganpkg import machine

# Libraries choose among kernels that round differently by these instruction sets.
INSTRUCTIONS = ("sse4", "avx", "fma", "amx", "neon", "asimd", "sve", "bf16")
# Variables with these prefixes may change how libraries compute, except those in HARMLESS.
FLAGS = (
    "DNNL_", "JAX_", "KERAS_", "KMP_", "MKL_", "NPROC", "NPY_", "OMP_", "ONEDNN_", "OPENBLAS_",
    "TF_", "XLA_",
)  # fmt: skip
GPU_FLAGS = "CUBLAS", "CUDA", "CUDNN", "NVIDIA_"
HARMLESS = (
    "CUDA_CACHE_PATH", "JAX_COMPILATION_CACHE_DIR", "JAX_LOGGING_LEVEL", "JAX_TRACEBACK_FILTERING",
    "JAX_COORDINATOR_", "JAX_PROCESS_ID",  # where the processes of a training meet
    "KERAS_BACKEND",  # recorded separately
    "KERAS_DISTRIBUTION_",  # the number of a process; all have the same result
    "KERAS_HOME", "TF_CPP_", "KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK",  # scikit-learn sets these
    "NVIDIA_DRIVER_CAPABILITIES", "NVIDIA_REQUIRE_", "NVIDIA_VISIBLE_DEVICES",  # set in containers
    "DNNL_VERBOSE", "ONEDNN_VERBOSE",
    "TF_CLI_", "TF_DATA_DIR", "TF_IN_AUTOMATION", "TF_INPUT", "TF_LOG", "TF_PLUGIN_",
    "TF_REGISTRY_", "TF_TOKEN_", "TF_VAR_", "TF_WORKSPACE",  # variables of Terraform
)  # fmt: skip
PORTABLE = "any x86-64 with AVX2"


def environment(portable: bool) -> dict[str, str]:
    """The facts that decide bytes, each as a line of text.

    Args:
        portable: the parameter. If it takes effect, the facts do not contain the processor.
    """
    from ganpkg import backend

    prefixes = FLAGS + (GPU_FLAGS if backend.has_gpu() else ())
    flags = [
        f"{name}={value}"
        for name, value in sorted(os.environ.items())
        if name.startswith(prefixes) and not name.startswith(HARMLESS)
    ]
    return {
        "keras backend": backend.NAME,
        **({"processor": PORTABLE} if portable and machine.can_be_portable() else _processor()),
        "devices": str(backend.devices()),
        **({"gpu": backend.gpu(), "driver": _driver()} if backend.has_gpu() else {}),
        "flags": " ".join(flags) or "none",
    }


def differences(recorded: dict[str, str], present: dict[str, str]) -> list[str]:
    """The facts that differ from the recorded ones, a line each."""
    return [
        f"{name}: {recorded.get(name, 'not recorded')}, now {present.get(name, 'not recorded')}"
        for name in recorded | present
        if recorded.get(name) != present.get(name)
    ]


def _processor() -> dict[str, str]:
    """The processor with its instruction sets, the number of usable cores, and the system."""
    sets = [flag for flag in machine.instructions() if flag.startswith(INSTRUCTIONS)]
    return {
        "processor": " ".join([machine.processor(), *sorted(sets)]),
        "threads": str(_threads()),
        "system": " ".join([platform.system(), platform.machine(), *platform.libc_ver()]),
    }


def _threads() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def _driver() -> str:
    file = Path("/proc/driver/nvidia/version")
    return next(iter(file.read_text().splitlines()), "") if file.is_file() else ""
