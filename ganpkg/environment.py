"""What the bytes of a training depend on beside data, code, parameters and versions."""

import os
import platform
from pathlib import Path

from ganpkg import machine

# By these, libraries choose among kernels that round differently.
INSTRUCTIONS = ("sse4", "avx", "fma", "amx", "neon", "asimd", "sve", "bf16")
# Variables that begin so may change how libraries compute; those of HARMLESS do not.
FLAGS = (
    "DNNL_", "JAX_", "KERAS_", "KMP_", "MKL_", "NPROC", "NPY_", "OMP_", "ONEDNN_", "OPENBLAS_",
    "TF_", "XLA_",
)  # fmt: skip
GPU_FLAGS = "CUBLAS", "CUDA", "CUDNN", "NVIDIA_"
HARMLESS = (
    "CUDA_CACHE_PATH", "JAX_COMPILATION_CACHE_DIR", "JAX_LOGGING_LEVEL", "JAX_TRACEBACK_FILTERING",
    "JAX_COORDINATOR_", "JAX_PROCESS_ID",  # where a training's processes meet
    "KERAS_BACKEND",  # recorded by itself
    "KERAS_DISTRIBUTION_",  # which process of a training this is; all have the same result
    "KERAS_HOME", "TF_CPP_", "KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK",  # scikit-learn sets these
    "NVIDIA_DRIVER_CAPABILITIES", "NVIDIA_REQUIRE_", "NVIDIA_VISIBLE_DEVICES",  # containers'
    "DNNL_VERBOSE", "ONEDNN_VERBOSE",
    "TF_CLI_", "TF_DATA_DIR", "TF_IN_AUTOMATION", "TF_INPUT", "TF_LOG", "TF_PLUGIN_",
    "TF_REGISTRY_", "TF_TOKEN_", "TF_VAR_", "TF_WORKSPACE",  # Terraform's
)  # fmt: skip
PORTABLE = "any x86-64 with AVX2"


def environment(portable: bool) -> dict[str, str]:
    """What decides the bytes, each as a line for people.

    Args:
        portable: the parameter. Where it works, nothing of the processor is among the facts.
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
    """What is not as it was recorded, a line each."""
    return [
        f"{name}: {recorded.get(name, 'not recorded')}, now {present.get(name, 'not recorded')}"
        for name in recorded | present
        if recorded.get(name) != present.get(name)
    ]


def _processor() -> dict[str, str]:
    """This processor: its name and instruction sets, how many may be used, and the system."""
    kinds = [flag for flag in machine.instructions() if flag.startswith(INSTRUCTIONS)]
    return {
        "processor": " ".join([machine.processor(), *sorted(kinds)]),
        "threads": str(_threads()),
        "system": " ".join([platform.system(), platform.machine(), *platform.libc_ver()]),
    }


def _threads() -> int:
    """The processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def _driver() -> str:
    file = Path("/proc/driver/nvidia/version")
    return next(iter(file.read_text().splitlines()), "") if file.is_file() else ""
