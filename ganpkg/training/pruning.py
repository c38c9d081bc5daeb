"""Removes old checkpoints."""

import shutil
import time
from pathlib import Path

from filelock import FileLock, Timeout

MAX_DAYS = 14
MAX_BYTES = 2 * 10**9


def prune(place: Path) -> None:
    """Removes checkpoints that are older than MAX_DAYS, and the oldest beyond MAX_BYTES in all.

    Prints one line if it removes any. A running training holds a lock on its own checkpoints.

    Args:
        place: the folder that contains a folder of checkpoints for each training.
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
    """The time of the last checkpoint in a folder; 0 if the folder has just been removed."""
    return folder.stat().st_mtime if folder.exists() else 0.0


def _days(folder: Path) -> float:
    return (time.time() - _written(folder)) / 86_400
