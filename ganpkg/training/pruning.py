"""Checkpoints of other trainings, which nobody may ever go on from."""

import shutil
import time
from pathlib import Path

from filelock import FileLock, Timeout

MAX_DAYS = 14
MAX_BYTES = 2 * 10**9


def prune(place: Path) -> None:
    """Removes checkpoints that are too old or, the oldest first, too large in all.

    Says in one line what it removed. A training that runs holds its lock, and keeps its own.

    Args:
        place: the folder that has a folder of checkpoints for each training.
    """
    total, removed = 0, []
    folders = [entry for entry in place.iterdir() if entry.is_dir()]
    for folder in sorted(folders, key=_written, reverse=True):
        lock = FileLock(folder.with_suffix(".lock"))
        try:
            lock.acquire(blocking=False)
        except Timeout:
            continue
        size = sum(file.stat().st_size for file in folder.glob("*"))
        total += size
        if folder.exists() and (total > MAX_BYTES or _days(folder) > MAX_DAYS):
            shutil.rmtree(folder, ignore_errors=True)
            removed.append(size)
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()
    if removed:
        print(
            f"removed old checkpoints of {len(removed)} training(s), {sum(removed):,} bytes; "
            f"they are kept for {MAX_DAYS} days, and up to {MAX_BYTES:,} bytes in all"
        )


def _written(folder: Path) -> float:
    """When a checkpoint was last written to a folder; 0 if its training has just removed it."""
    return folder.stat().st_mtime if folder.exists() else 0.0


def _days(folder: Path) -> float:
    return (time.time() - _written(folder)) / 86_400
