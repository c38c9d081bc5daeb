"""How a stage's script runs: quiet start, clear errors, honest exit statuses."""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import contextmanager

from ganpkg.errors import UserError


def run(name: str, main: Callable[[], None]) -> None:
    """Calls `main` and ends the process if it failed.

    Exit statuses: 2 for what a person can mend (told in one or two lines), 130 after
    Ctrl-C, 143 after SIGTERM.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        main()
    except UserError as error:
        fail(name, str(error), 2)
    except OSError as error:
        reason = error.strerror or " ".join(map(str, error.args))
        fail(name, f"{error.filename}: {reason}" if error.filename else reason, 2)
    except KeyboardInterrupt:
        fail(name, "interrupted", 128 + signal.SIGINT)


@contextmanager
def quiet_stderr():
    """Inside, what libraries below Python write to standard error is dropped."""
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def fail(name: str, message: str, status: int) -> None:
    print(f"{name}: {message}", file=sys.stderr)
    sys.exit(status)
