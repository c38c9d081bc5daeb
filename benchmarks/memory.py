"""What a process takes of the memory, as Linux tells it."""

import re
from pathlib import Path


def own(pid: int) -> float:
    """The anonymous memory of a process, in MB."""
    return _megabytes(pid, "RssAnon")


def most() -> float:
    """The most that this process ever held, in MB. What `getrusage` tells, a process that was
    started by a larger one has from that one.
    """
    return _megabytes("self", "VmHWM")


def _megabytes(process, field: str) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.search(rf"{field}:\s+(\d+)", status)[1]) / 1024
