"""Files that are whole or not there, and whose bytes depend on their content alone."""

import hashlib
import importlib
import io
import json
import os
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path

from ganpkg.errors import UserError, reason


@contextmanager
def atomic(path: str | Path):
    """Gives a path to write to, which becomes `path` once all is written, or never.

    That holds for a killed process and for a machine without power. What a killed process
    leaves, the next one to write there replaces.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        yield temporary
        _sync(temporary)
        temporary.replace(path)
        _sync(path.parent)
    except OSError as error:  # a full disk, for one, does not say which file it was
        error.filename = error.filename or str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Makes the disk have a file's content, or a folder's names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_bytes(path: str | Path, content: bytes) -> None:
    with atomic(path) as temporary:
        temporary.write_bytes(content)


def write_json(path: str | Path, content: dict | None) -> None:
    """Strict JSON: a number that is infinite or none at all is a ValueError."""
    write_bytes(path, (json.dumps(content, indent=2, allow_nan=False) + "\n").encode())


def root() -> Path:
    """The main repository's root, also from DVC's temporary and queued runs."""
    return Path(os.environ.get("DVC_ROOT", ".")).resolve()


def md5(path: str | Path) -> str:
    """The md5 of a file, as DVC records it."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def save_model(model, path: str | Path) -> None:
    """Writes a Keras model's architecture and weights, without compilation state.

    Keras puts the date, zip times and memory addresses into a `.keras` file; they are
    replaced by constants, so that equal models make equal files.
    """
    plain = type(model).from_config(model.get_config())
    plain.set_weights(model.get_weights())
    with atomic(path) as temporary, tempfile.TemporaryDirectory() as folder:
        original = Path(folder, "model.keras")
        plain.save(original)
        temporary.write_bytes(_canonical(original.read_bytes()))


def load_model(path: str | Path):
    """Reads a Keras model, without running any code that the file may carry."""
    import keras

    importlib.import_module("ganpkg.layers")  # registers them
    if not Path(path).is_file():
        raise UserError(f"{path}: no such file; `dvc repro` or `dvc checkout` makes it")
    try:
        return keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        raise UserError(f"{path}: is no Keras model that can be read: {reason(error)}") from None


def _canonical(archive: bytes) -> bytes:
    """The same `.keras` archive with everything that varies between equal models fixed."""
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        members = {name: source.read(name) for name in sorted(source.namelist())}
    for name, fixed in (("metadata.json", _without_date), ("config.json", _with_counted_ids)):
        members[name] = json.dumps(fixed(json.loads(members[name]))).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as target:
        for name, content in members.items():
            target.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def _without_date(metadata: dict) -> dict:
    return {**metadata, "date_saved": "1980-01-01@00:00:00"}


def _with_counted_ids(config):
    """`shared_object_id`, a memory address, as 0, 1, 2 ... in order of appearance."""
    seen: dict[int, int] = {}

    def renumbered(node):
        if isinstance(node, list):
            return [renumbered(entry) for entry in node]
        if not isinstance(node, dict):
            return node
        return {
            key: seen.setdefault(value, len(seen))
            if key == "shared_object_id" and value is not None
            else renumbered(value)
            for key, value in node.items()
        }

    return renumbered(config)
