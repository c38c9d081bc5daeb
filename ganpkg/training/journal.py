"""What a training only adds to: the rows of its history, and samples of its progress.

A checkpoint adds what is new to the end of a file, and remembers the file's length and hash. What
a killed process added after its last checkpoint is cut off by the next one.
"""

import base64
import hashlib
import json
import os
from pathlib import Path


class Journal:
    """The journal of one training, a JSON object in each line; a new object's is empty.

    Args:
        file: is made when something is added.
    """

    def __init__(self, file: Path):
        self.file = file
        self._hold(b"")

    def _hold(self, content: bytes) -> None:
        self._length, self._hash = len(content), hashlib.sha256(content)
        held = entries(content)
        self._rows, self._files = len(held["rows"]), set(held["progress"])

    def append(self, rows: list[dict], files: dict[int, Path]) -> dict:
        """Adds what it does not have yet.

        Args:
            rows: all since the training's start.
            files: likewise, by step.

        Returns:
            what `cut` takes to come back here.

        Raises:
            OSError: if that cannot be written; then nothing is added.
        """
        lines = [{"row": row} for row in rows[self._rows :]]
        for step, path in files.items():
            if step not in self._files:
                content = base64.b64encode(path.read_bytes()).decode()
                lines.append({"file": step, "content": content})
        added = "".join(json.dumps(line) + "\n" for line in lines).encode()
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("ab") as file:
            file.truncate(self._length)
            file.write(added)
            file.flush()
            os.fsync(file.fileno())
        self._length += len(added)
        self._hash.update(added)
        self._rows, self._files = len(rows), set(files)
        return {"length": self._length, "sha256": self._hash.hexdigest()}

    def cut(self, length: int, sha256: str) -> bool:
        """Goes back to what `append` returned; what was added later is dropped.

        Returns:
            whether that is there, and whole; if not, nothing changes.
        """
        content = self.content(length)
        whole = hashlib.sha256(content).hexdigest() == sha256
        if whole:
            self._hold(content)
        return whole

    def content(self, length: int | None = None) -> bytes:
        """What `entries` takes: all, or so many bytes of it."""
        if not self.file.exists():
            return b""
        with self.file.open("rb") as file:
            return file.read(self._length if length is None else length)


def entries(content: bytes) -> dict:
    """The `rows`, and the content of the files of `progress`, by step."""
    lines = [json.loads(line) for line in content.splitlines()]
    return {
        "rows": [line["row"] for line in lines if "row" in line],
        "progress": {
            line["file"]: base64.b64decode(line["content"]) for line in lines if "file" in line
        },
    }
