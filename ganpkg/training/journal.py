"""An append-only file for the rows of the history and the samples of the progress.

A checkpoint appends what is new, and records the file's length and hash. If a process is killed,
the next one cuts off what was appended after the last checkpoint.
"""

import base64
import hashlib
import json
import os
from pathlib import Path


class Journal:
    """The journal of one training: lines of JSON. A new object starts empty.

    Args:
        file: its path; `append` creates it.
    """

    def __init__(self, file: Path):
        self.file = file
        self._load(b"")

    def _load(self, content: bytes) -> None:
        self._length, self._hash = len(content), hashlib.sha256(content)
        facts = entries(content)
        self._rows, self._files = len(facts["rows"]), set(facts["progress"])

    def append(self, rows: list[dict], files: dict[int, Path]) -> dict:
        """Appends the rows and files that it lacks.

        Args:
            rows: all rows since the start of the training.
            files: all files since the start, by step.

        Returns:
            The arguments with which `cut` comes back to this state.

        Raises:
            OSError: if the file cannot be written. Then nothing is added.
        """
        lines = [{"row": row} for row in rows[self._rows :]]
        for step, path in files.items():
            if step not in self._files:
                content = base64.b64encode(path.read_bytes()).decode()
                lines.append({"file": step, "content": content})
        new = "".join(json.dumps(line) + "\n" for line in lines).encode()
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("ab") as file:
            file.truncate(self._length)
            file.write(new)
            file.flush()
            os.fsync(file.fileno())
        self._length += len(new)
        self._hash.update(new)
        self._rows, self._files = len(rows), set(files)
        return {"length": self._length, "sha256": self._hash.hexdigest()}

    def cut(self, length: int, sha256: str) -> bool:
        """Goes back to a state that `append` returned, and drops what was added later.

        Returns:
            False if the file does not have this state; then nothing changes.
        """
        content = self.content(length)
        whole = hashlib.sha256(content).hexdigest() == sha256
        if whole:
            self._load(content)
        return whole

    def content(self, length: int | None = None) -> bytes:
        """The file's content, or its first `length` bytes; `entries` reads it."""
        if not self.file.exists():
            return b""
        with self.file.open("rb") as file:
            return file.read(self._length if length is None else length)


def entries(content: bytes) -> dict:
    """The `rows`, and as `progress` the contents of files by step."""
    lines = [json.loads(line) for line in content.splitlines()]
    return {
        "rows": [line["row"] for line in lines if "row" in line],
        "progress": {
            line["file"]: base64.b64decode(line["content"]) for line in lines if "file" in line
        },
    }
