"""Files that are either complete or missing, and whose bytes depend on their content alone."""

import hashlib
import importlib
import io
import json
import os
import re
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path

from ganpkg.errors import UserError, reason


@contextmanager
def atomic(path: str | Path):
    """Yields a temporary path, which is renamed to `path` once everything is written.

    `path` is therefore never half written, even if the process is killed or the power fails. The
    next process that writes there replaces what a killed one has left.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        yield temporary
        _flush_to_disk(temporary)
        temporary.replace(path)
        _flush_to_disk(path.parent)
    except OSError as error:  # which a full disk, for one, does not name
        error.filename = error.filename or str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def _flush_to_disk(path: Path) -> None:
    """Waits until the disk has a file's content, or a folder's names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_bytes(path: str | Path, content: bytes) -> None:
    with atomic(path) as temporary:
        temporary.write_bytes(content)


def write_json(path: str | Path, content: dict | None) -> None:
    """Writes strict JSON. Raises ValueError for an infinite number or NaN."""
    write_bytes(path, (json.dumps(content, indent=2, allow_nan=False) + "\n").encode())


def root() -> Path:
    """The main repository's root, also within DVC's temporary and queued runs."""
    return Path(os.environ.get("DVC_ROOT", ".")).resolve()


@contextmanager
def read_errors(path: str | Path, stage: str = ""):
    """Turns errors in reading an output into a UserError that names the remedy.

    Args:
        stage: the stage that makes the output.
    """
    command = f"dvc repro {stage}".strip()
    try:
        yield
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; `{command}` makes it") from None
    except Exception as error:  # readers raise many types on damaged files
        raise UserError(f"{path}: is damaged ({reason(error)}); `{command}` mends it") from None


def md5(path: str | Path) -> str:
    """The md5 of a file, as DVC records it."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def save_model(model, path: str | Path) -> None:
    """Writes a Keras model's architecture and weights, without compilation state.

    Keras puts the date, zip times and memory addresses into a `.keras` file. Constants replace
    them, so that equal models have equal files.
    """
    plain = type(model).from_config(model.get_config())
    plain.set_weights(model.get_weights())
    with atomic(path) as temporary, tempfile.TemporaryDirectory() as folder:
        original = Path(folder, "model.keras")
        plain.save(original)
        temporary.write_bytes(_canonical(original.read_bytes()))


def load_model(path: str | Path):
    """Reads a Keras model, without running any code that the file may contain."""
    import keras

    importlib.import_module("ganpkg.layers")  # registers its layers
    if not Path(path).is_file():
        raise UserError(f"{path}: no such file; `dvc repro` or `dvc checkout` makes it")
    try:
        return keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        raise UserError(f"{path}: is no Keras model that can be read: {reason(error)}") from None


def _canonical(archive: bytes) -> bytes:
    """The same `.keras` archive, with constants for everything that varies between equal models."""
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        members = {name: source.read(name) for name in sorted(source.namelist())}
    metadata = json.loads(members["metadata.json"]) | {"date_saved": "1980-01-01@00:00:00"}
    members["metadata.json"] = json.dumps(metadata).encode()
    config = json.dumps(json.loads(members["config.json"]))
    members["config.json"] = _count_ids(config).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as target:
        for name, content in members.items():
            target.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def _count_ids(config: str) -> str:
    """Replaces each `shared_object_id`, a memory address, by 0, 1, 2 ... in order of appearance."""
    numbers: dict[str, int] = {}
    return re.sub(
        r'(?<="shared_object_id": )\d+',
        lambda address: str(numbers.setdefault(address[0], len(numbers))),
        config,
    )
