"""Runs the script of a stage: quiet start, clear errors, exit statuses."""

import errno
import os
import signal
import sys
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ganpkg.errors import UserError

if TYPE_CHECKING:
    from ganpkg.params import Params

PARENT = os.getppid()
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}
WRONG_PATH = {
    errno.ENOENT, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR, errno.EEXIST,
}  # fmt: skip


def run(name: str, main: Callable[[], None], takes_arguments: bool = False) -> None:
    """Calls `main`, and ends the process with a message if it fails.

    Programs of this interpreter's environment, such as `dvc`, are found even if the environment
    is not activated.

    Exit statuses: 2 for mistakes that a person can fix (reported in one or two lines), 130 after
    Ctrl-C, 143 after SIGTERM.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    path = str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)
    os.environ["PATH"] = os.pathsep.join(path)
    try:
        if sys.argv[1:] and not takes_arguments:
            raise UserError(
                f"takes no arguments, given {' '.join(sys.argv[1:])}; "
                "parameters are set in params.yaml or by dvc exp run -S"
            )
        main()
    except UserError as error:
        fail(name, str(error), status(error))
    except OSError as error:
        if not _is_fixable(error):
            raise
        reason = error.strerror or " ".join(map(str, error.args))
        fail(name, f"{error.filename}: {reason}" if error.filename else reason, status(error))
    except KeyboardInterrupt as error:
        fail(name, "interrupted", status(error))


def read_params() -> "Params":
    """Reads and checks params.yaml, and makes Keras use its `backend`.

    Raises:
        UserError: if the file has a mistake, if the variable KERAS_BACKEND names another backend,
            or if a package does not have the recorded version.
    """
    from ganpkg import params, versions

    values = params.read_params()
    variable = os.environ.setdefault("KERAS_BACKEND", values.backend)
    if variable != values.backend:
        raise UserError(
            f"params.yaml: backend: given {values.backend}, expected {variable}, since the "
            "variable KERAS_BACKEND says so; unset it"
        )
    versions.check(values.backend)
    return values


def status(error: BaseException) -> int:
    """The exit status for a process that ends with this exception."""
    if isinstance(error, SystemExit):
        return error.code
    if isinstance(error, KeyboardInterrupt):
        return 128 + signal.SIGINT
    return 2 if isinstance(error, UserError) or _is_fixable(error) else 1


def _is_fixable(error: BaseException) -> bool:
    """True if the disk is full or a path is wrong. Other OSErrors are bugs."""
    if not isinstance(error, OSError):
        return False
    if error.errno is None:  # NumPy's error for a full disk
        return error.filename is not None and " requested and " in str(error.args)
    return error.errno in NO_ROOM or (error.filename is not None and error.errno in WRONG_PATH)


def dvc_has_died() -> bool:
    """True if DVC started this process and has died, so that its outputs would be lost."""
    return os.getppid() != PARENT and "DVC_STAGE" in os.environ


class Interruption:
    """A context that records SIGINT or SIGTERM, until `obey` acts on it.

    A second signal acts at once. The death of DVC counts as SIGTERM, so that the stage has ended
    when somebody starts DVC again.
    """

    def __enter__(self) -> "Interruption":
        self._signal = None
        self._handlers = {
            number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM)
        }
        return self

    def __exit__(self, kind, *_) -> None:
        self._restore()
        if kind is None and self.requested:
            self.obey()

    def _note(self, number: int, _frame) -> None:
        self._signal = number
        self._restore()

    def _restore(self) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    @property
    def requested(self) -> bool:
        if dvc_has_died():
            self._signal = self._signal or signal.SIGTERM
        return self._signal is not None

    def obey(self) -> None:
        if self._signal == signal.SIGINT:
            raise KeyboardInterrupt
        sys.exit(128 + self._signal)


@contextmanager
def quiet_stderr():
    """A context that drops what C libraries write to standard error."""
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
