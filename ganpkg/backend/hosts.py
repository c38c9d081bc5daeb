"""The processes that train together on many hosts, from Keras' environment variables."""

import os
import socket
import time
from typing import NamedTuple

from ganpkg.errors import UserError

PREFIX = "KERAS_DISTRIBUTION_"
ADDRESSES, COUNT, NUMBER = (
    PREFIX + name for name in ("JOB_ADDRESSES", "NUM_PROCESSES", "PROCESS_ID")
)
TIMEOUT_SECONDS = 300


class Group(NamedTuple):
    """Processes that run the same training, each with a part of every batch."""

    first: str
    """HOST:PORT at which process 0 waits for the others."""
    processes: int
    number: int
    """The number of this process, from 0."""

    def wait_for_first(self) -> None:
        """Waits until process 0 answers, since JAX would abort.

        Raises:
            UserError: if it does not answer in time.
        """
        if self.number == 0:
            print(f"waiting for {self.processes - 1} more at {self.first}", flush=True)
            return
        host, _, port = self.first.rpartition(":")
        until = time.monotonic() + TIMEOUT_SECONDS
        while True:
            try:
                socket.create_connection((host, int(port)), timeout=5).close()
                return
            except OSError as error:
                if time.monotonic() > until:
                    raise UserError(
                        f"{ADDRESSES}: process 0 is not at {self.first}: {error}"
                    ) from None
            time.sleep(0.2)


def read() -> Group | None:
    """The group that the environment describes; None if no variable is set.

    Raises:
        UserError: if a variable is missing or wrong.
    """
    given = {name: os.environ.get(name, "") for name in (ADDRESSES, COUNT, NUMBER)}
    if not any(given.values()):
        return None
    for name, value in given.items():
        if not value:
            raise UserError(f"{name}: missing, since others of {PREFIX}* are set")
    first = given[ADDRESSES].split(",")[0].strip()
    if not first.rpartition(":")[0] or not first.rpartition(":")[2].isdecimal():
        raise UserError(f"{ADDRESSES}: given {given[ADDRESSES]}, expected HOST:PORT of process 0")
    processes = _number(COUNT, given[COUNT], "at least 2")
    if processes < 2:
        raise UserError(f"{COUNT}: given {processes}, expected at least 2")
    number = _number(NUMBER, given[NUMBER], f"from 0 to {processes - 1}")
    if number >= processes:
        raise UserError(f"{NUMBER}: given {number}, expected from 0 to {processes - 1}")
    return Group(first, processes, number)


def _number(name: str, given: str, expected: str) -> int:
    if not given.isdecimal():
        raise UserError(f"{name}: given {given}, expected a whole number, {expected}")
    return int(given)
