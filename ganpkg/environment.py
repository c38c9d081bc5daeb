"""What the bytes of a training depend on beside data, code and parameters."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

PACKAGES = (
    "h5py", "keras", "matplotlib", "ml-dtypes", "numpy", "pandas", "pillow", "scikit-learn",
    "scipy",
)  # fmt: skip
# By these, libraries choose among kernels that round differently.
INSTRUCTIONS = ("sse4", "avx", "fma", "amx", "neon", "asimd", "sve", "bf16")
# Variables that begin so may change how libraries compute; those of HARMLESS do not.
FLAGS = (
    "CUBLAS", "CUDA", "CUDNN", "DNNL_", "JAX_", "KERAS_", "KMP_", "MKL_", "NPY_", "NVIDIA_", "OMP_",
    "ONEDNN_", "OPENBLAS_", "TF_", "XLA_",
)  # fmt: skip
HARMLESS = (
    "CUDA_CACHE_PATH", "JAX_COMPILATION_CACHE_DIR", "JAX_LOGGING_LEVEL", "JAX_TRACEBACK_FILTERING",
    "JAX_COORDINATOR_", "JAX_PROCESS_ID",  # where a training's processes meet
    "KERAS_BACKEND",  # recorded by itself
    "KERAS_DISTRIBUTION_",  # which process of a training this is; all have the same result
    "KERAS_HOME", "TF_CPP_", "KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK",  # scikit-learn sets these
    "NVIDIA_DRIVER_CAPABILITIES", "NVIDIA_REQUIRE_", "NVIDIA_VISIBLE_DEVICES",  # containers'
    "DNNL_VERBOSE", "ONEDNN_VERBOSE",
)  # fmt: skip


def environment() -> dict[str, str]:
    """Package versions, processor, threads, GPU and flags, each as a line for people."""
    from ganpkg import backend

    flags = [
        f"{name}={value}"
        for name, value in sorted(os.environ.items())
        if name.startswith(FLAGS) and not name.startswith(HARMLESS)
    ]
    return {
        "python": platform.python_version(),
        "keras backend": backend.NAME,
        **{name: version(name) for name in sorted((*PACKAGES, *backend.PACKAGES))},
        "system": " ".join([platform.system(), platform.machine(), *platform.libc_ver()]),
        "processor": _processor(),
        "threads": str(_threads()),
        "devices": str(backend.devices()),
        "gpu": backend.gpu() or "none",
        "driver": _first_line("/proc/driver/nvidia/version") or "none",
        "flags": " ".join(flags) or "none",
    }


def differences(recorded: dict[str, str], present: dict[str, str]) -> list[str]:
    """What is not as it was recorded, a line each."""
    return [
        f"{name}: {recorded.get(name, 'not recorded')}, now {present.get(name, 'not recorded')}"
        for name in recorded | present
        if recorded.get(name) != present.get(name)
    ]


def _processor() -> str:
    """Its name, and the instruction sets among its features."""
    from ganpkg.backend import processor

    kinds = [flag for flag in processor.instructions() if flag.startswith(INSTRUCTIONS)]
    return " ".join([processor.name(), *sorted(kinds)])


def _threads() -> int:
    """The processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def _first_line(path: str) -> str:
    return next(iter(Path(path).read_text().splitlines()), "") if Path(path).is_file() else ""
