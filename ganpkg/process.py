"""Which process writes a run: its name, and whether it is known to be dead."""

import os
from contextlib import suppress
from pathlib import Path

import psutil


def this() -> str:
    """This process: the machine since its start, the namespace of process numbers, number, start.

    Containers on one host share the first, and hosts may share a name.
    """
    return f"{_place()} {os.getpid()} {_start(os.getpid())}"


def is_dead(name: str) -> bool:
    """Whether the process is known to have ended. Of one elsewhere, nothing is known."""
    place, _, process = name.partition(" ")
    pid, _, start = process.partition(" ")
    return place == _place() and _start(int(pid)) != start


def _place() -> str:
    boot = str(psutil.boot_time())
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    with suppress(OSError):
        return f"{boot}/{os.readlink('/proc/self/ns/pid')}"
    return boot


def _start(pid: int) -> str | None:
    """When a process began, in ticks since the machine's start, which no clock changes."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    with suppress(psutil.NoSuchProcess):
        return str(psutil.Process(pid).create_time())
    return None
