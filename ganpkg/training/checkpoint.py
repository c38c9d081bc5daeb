"""Checkpoints: a training resumes from the last one, and ends with the same bytes.

They lie under `checkpoints/` at the root of the main repository, in a folder for each training. Its
name is a hash of all that determines what happens at a step (the files, parameters and versions
that dvc.yaml lists for the stage `train`, and the environment), then the last iteration. A
training is the beginning of every longer one of the same hash, so it also goes on from their
checkpoints. Rows and samples, which only grow in number, are in a journal beside the checkpoints.
"""

import hashlib
import io
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import yaml
from filelock import FileLock, Timeout

from ganpkg import backend, storage, versions
from ganpkg.errors import UserError
from ganpkg.training.journal import Journal, entries

if TYPE_CHECKING:
    from ganpkg.params import Params

SECONDS = 60.0  # between checkpoints, at least
MAX_TIME_FRACTION = 0.01  # of the training, spent on writing them
MAX_FILES = 2  # the older one serves if the newer one is damaged


def training_identity(params: "Params", environment: dict) -> dict:
    """All that determines what happens at each step of the stage `train`, as dvc.yaml lists it.

    The number of epochs is left out, because it only decides where a training ends.
    """
    text = re.sub(
        r"\$\{(\w+)\}", lambda match: params.value(match[1]), Path("dvc.yaml").read_text()
    )
    stage = yaml.safe_load(text)["stages"]["train"]
    return {
        "files": {
            str(file): storage.md5(file)
            for place in stage["deps"]
            for file in _files_in(Path(place))
        },
        "params": {
            key: value
            for key, value in params.effective().items()
            if key.partition(".")[0] in stage["params"] and key != "epochs"
        },
        "versions": {name: versions.read()[name] for name in _packages(stage)},
        "environment": environment,
    }


def _packages(stage: dict) -> list[str]:
    """The packages on whose versions a stage depends."""
    return next(names[versions.FILE] for names in stage["params"] if isinstance(names, dict))


def _files_in(place: Path) -> list[Path]:
    if not place.is_dir():
        return [place]
    return [file for file in sorted(place.rglob("*")) if file.is_file() and file.suffix != ".pyc"]


class Checkpoints:
    """The checkpoints of one training. On many hosts process 0 keeps them for all.

    Args:
        identity: what determines the training's steps.
        last: the last iteration.

    Raises:
        UserError: if process 0 has another identity or end.
    """

    def __init__(self, identity: dict, last: int):
        self.key = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:32]
        name = f"{self.key}-{last}"
        if backend.broadcast(name.encode()) != name.encode():
            raise UserError(
                f"process {backend.process()} has other parameters, data, code, versions or "
                "hardware than process 0; all must have the same"
            )
        self.last = last
        self.folder = storage.root() / "checkpoints" / name
        self._journal = Journal(self.folder / "journal")
        self._wait_until = time.monotonic() + seconds_between()
        self._valid: list[Path] = []  # read or written by this object, the newest last

    @contextmanager
    def locked(self):
        """A context in which no other process trains the same.

        (A killed DVC leaves its stage running.)
        """
        file = self.folder.with_suffix(".lock")
        file.parent.mkdir(exist_ok=True)
        lock = FileLock(file)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            print("another process trains the very same: waiting for its end", flush=True)
            lock.acquire()
        try:
            yield
        finally:
            file.unlink(missing_ok=True)
            lock.release()

    @property
    def due(self) -> bool:
        """True if it is time to save a checkpoint."""
        return backend.process() == 0 and time.monotonic() >= self._wait_until

    def save(self, state: Callable[[], tuple[dict[str, np.ndarray], dict]]) -> bool:
        """Writes a checkpoint, and removes all others except the previous one.

        If the disk is full, the checkpoint is lost, but the training continues.

        Args:
            state: returns arrays and a dictionary of facts for JSON. `step` is one of the facts.
                `rows`, a list of dictionaries, and `progress`, paths by step, go into the journal,
                which writes each of them once.

        Returns:
            False if the checkpoint could not be written.
        """
        if backend.process() or not uses_checkpoints():
            return True
        start = time.monotonic()
        arrays, facts = state()
        saved = False
        try:
            journal = self._journal.append(facts.pop("rows"), facts.pop("progress"))
            text = json.dumps({**facts, "journal": journal, "key": self.key})
            buffer = io.BytesIO()
            np.savez(buffer, facts=np.frombuffer(text.encode(), np.uint8), **arrays)
            content = buffer.getvalue()
            file = self.folder / _name(facts["step"], content)
            storage.write_bytes(file, content)
            saved = True
            self._valid = [*(old for old in self._valid if old != file), file][-MAX_FILES:]
            for other in set(self._files()) - set(self._valid):
                other.unlink()
        except OSError as error:
            what = "an old checkpoint stays" if saved else "going on without a checkpoint"
            print(f"{what}: {error.strerror}", file=sys.stderr)
        end = time.monotonic()
        self._wait_until = end + seconds_between(end - start)
        return saved

    @property
    def step(self) -> int | None:
        """The iteration of the newest checkpoint of this training; None without any."""
        return _step(self._valid[-1]) if self._valid else None

    def newest(self) -> tuple[dict[str, np.ndarray], dict] | None:
        """The newest whole checkpoint of this training, or of another that is its beginning.

        Says where the training goes on.

        Returns:
            arrays, and facts with `rows` and with the contents of the files of `progress`. The fact
            `run_id` is None if the checkpoint is another training's.
        """
        content, journal, last = map(backend.broadcast, self._newest())
        if not content:
            return None
        arrays = _arrays(content)
        facts = {**json.loads(arrays.pop("facts").tobytes()), **entries(journal)}
        source = ""
        if int(last) != self.last:
            facts["run_id"], source = None, f", of a training of {int(last):,}"
        print(f"going on from the checkpoint at iteration {facts['step']:,}{source}", flush=True)
        return arrays, facts

    def _newest(self) -> tuple[bytes, bytes, bytes]:
        """The content of a checkpoint and of the journal up to it, and the training's end."""
        for file in self._files_of_all() if uses_checkpoints() else []:
            own = file.parent == self.folder
            journal = self._journal if own else Journal(file.with_name("journal"))
            with suppress(FileNotFoundError):  # the other training has written a newer one
                content = file.read_bytes()
                if file.name == _name(_step(file), content):
                    facts = json.loads(_arrays(content)["facts"].tobytes())
                    if facts["key"] == self.key and journal.cut(**facts["journal"]):
                        self._valid = [file] if own else []
                        last = file.parent.name.rpartition("-")[2]
                        return content, journal.content(), last.encode()
                print(f"{file}: is damaged or of another training; not used", file=sys.stderr)
        return b"", b"", b""

    def finish(self) -> None:
        """Keeps the state at the end, for longer trainings, and nothing else."""
        if not uses_checkpoints():
            shutil.rmtree(self.folder, ignore_errors=True)
            return
        kept = {*self._files()[:1], self._journal.file}
        for file in set(self.folder.glob("*")) - kept:  # also what a killed process left
            file.unlink()

    def _files(self) -> list[Path]:
        """Those of this training, the newest first."""
        return sorted(self.folder.glob("*.npz"), key=_step, reverse=True)

    def _files_of_all(self) -> list[Path]:
        """Those of all trainings with the same steps, up to this one's end: the newest first, of
        equally new ones its own."""
        files = self.folder.parent.glob(f"{self.key}-*/*.npz")
        return sorted(
            (file for file in files if _step(file) <= self.last),
            key=lambda file: (_step(file), file.parent == self.folder),
            reverse=True,
        )


def uses_checkpoints() -> bool:
    """False if the variable GAN_CHECKPOINTS is 0: no checkpoint is written or read."""
    return os.environ.get("GAN_CHECKPOINTS") != "0"


def _arrays(content: bytes) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        return dict(archive)


def seconds_between(writing: float = 0.0) -> float:
    """The time from a checkpoint to the next one, in seconds.

    It is what GAN_CHECKPOINT_SECONDS says. Without that it is SECONDS, or longer, so that writing
    takes at most MAX_TIME_FRACTION of the training.

    Args:
        writing: the seconds that it took to write the last one.

    Raises:
        UserError: if GAN_CHECKPOINT_SECONDS is not a number of seconds.
    """
    given = os.environ.get("GAN_CHECKPOINT_SECONDS")
    if given is None:
        return max(SECONDS, writing / MAX_TIME_FRACTION)
    with suppress(ValueError):
        if 0 <= float(given) < float("inf"):
            return float(given)
    raise UserError(f"GAN_CHECKPOINT_SECONDS: given {given!r}, expected a number of seconds")


def _name(step: int, content: bytes) -> str:
    """A file name with a hash, by which a damaged file is recognized."""
    return f"{step}-{hashlib.sha256(content).hexdigest()}.npz"


def _step(file: Path) -> int:
    step = file.name.partition("-")[0]
    return int(step) if step.isdecimal() else -1
