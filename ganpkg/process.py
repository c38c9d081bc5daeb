"""The process that writes a run: its name, and whether it is known to be dead."""

import os
from contextlib import suppress
from pathlib import Path

import psutil


def own_name() -> str:
    """The name of this process: the machine's boot, the namespace of process ids, id, and start.

    Containers on one host share the boot, and hosts may share a host name.
    """
    return f"{_place()} {os.getpid()} {_start(os.getpid())}"


def is_dead(name: str) -> bool:
    """Whether the process is known to have ended. Nothing is known of one on another machine."""
    place, _, id_and_start = name.partition(" ")
    pid, _, start = id_and_start.partition(" ")
    return place == _place() and _start(int(pid)) != start


def _place() -> str:
    boot = str(psutil.boot_time())
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    with suppress(OSError):
        return f"{boot}/{os.readlink('/proc/self/ns/pid')}"
    return boot


def _start(pid: int) -> str | None:
    """When a process started, in ticks since the boot, which changes of the clock do not affect."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    with suppress(psutil.NoSuchProcess):
        return str(psutil.Process(pid).create_time())
    return None
