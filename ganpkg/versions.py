"""The versions of the packages that decide bytes, in a file on which DVC's stages depend.

python -m ganpkg.versions    records what is installed (`make` does so after it installs)
"""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import yaml

from ganpkg import stage, storage
from ganpkg.errors import UserError
from ganpkg.yaml_text import mapping

FILE = "requirements/versions.yaml"
PACKAGES = (
    "h5py", "jinja2", "keras", "matplotlib", "ml-dtypes", "numpy", "pandas", "pillow",
    "scikit-learn", "scipy",
)  # fmt: skip
BACKENDS = {"tensorflow": ("tensorflow",), "jax": ("jax", "jaxlib")}
HEADER = "# A stage runs again when a package that it uses changes. `make` writes this file.\n"


def check(backend: str) -> None:
    """Checks that the installed packages are the recorded ones.

    Args:
        backend: whose packages are checked beside those that every run needs.

    Raises:
        UserError: naming the first package that differs.
    """
    recorded = read()
    for name, installed in _installed(backend).items():
        if installed != recorded.get(name):
            raise UserError(
                f"{FILE}: {name}: {recorded.get(name)} is recorded, {installed} is installed;\n"
                "`make repro` installs the pinned version, `python -m ganpkg.versions` records "
                "the installed one"
            )


def read() -> dict[str, str]:
    """Package or backend -> the recorded version."""
    try:
        return mapping(Path(FILE).read_text(encoding="utf-8"), FILE)
    except FileNotFoundError:
        raise UserError(f"{FILE}: no such file; `python -m ganpkg.versions` makes it") from None


def main():
    recorded = read() if Path(FILE).exists() else {}
    for backend in BACKENDS:
        installed = _installed(backend)
        if "not installed" not in installed[backend]:
            recorded |= installed
    storage.write_bytes(FILE, (HEADER + yaml.safe_dump(recorded)).encode())


def _installed(backend: str) -> dict[str, str]:
    backend_versions = ", ".join(f"{name} {_version(name)}" for name in BACKENDS[backend])
    return {**{name: _version(name) for name in PACKAGES}, backend: backend_versions}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


if __name__ == "__main__":
    stage.run("versions", main)
