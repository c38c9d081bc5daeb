"""How a stage's script runs: quiet start, clear errors, honest exit statuses."""

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
NO_SUCH_PLACE = {  # or one that may not be used so
    errno.ENOENT, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR, errno.EEXIST,
}  # fmt: skip


def run(name: str, main: Callable[[], None], takes_arguments: bool = False) -> None:
    """Calls `main` and ends the process if it failed.

    The programs of this interpreter's environment, `dvc` for one, are found although the
    environment is not activated.

    Exit statuses: 2 for what a person can mend (told in one or two lines), 130 after
    Ctrl-C, 143 after SIGTERM.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    _prefer(str(Path(sys.executable).parent))
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
        if not _a_person_can_mend(error):
            raise
        reason = error.strerror or " ".join(map(str, error.args))
        fail(name, f"{error.filename}: {reason}" if error.filename else reason, status(error))
    except KeyboardInterrupt as error:
        fail(name, "interrupted", status(error))


def read_params() -> "Params":
    """Reads and checks params.yaml, and makes Keras use the backend that it names.

    Raises:
        UserError: if something is wrong there, the variable KERAS_BACKEND names another backend,
            or a package has another version than the recorded one.
    """
    from ganpkg import params, versions

    found = params.read_params()
    given = os.environ.setdefault("KERAS_BACKEND", found.backend)
    if given != found.backend:
        raise UserError(
            f"params.yaml: backend: given {found.backend}, expected {given}, since the variable "
            "KERAS_BACKEND says so; unset it"
        )
    versions.check(found.backend)
    return found


def status(error: BaseException) -> int:
    """The exit status of a process that an exception ends."""
    if isinstance(error, SystemExit):
        return error.code
    if isinstance(error, KeyboardInterrupt):
        return 128 + signal.SIGINT
    return 2 if isinstance(error, UserError) or _a_person_can_mend(error) else 1


def _a_person_can_mend(error: BaseException) -> bool:
    """Whether a full disk or a place is at fault; other OSErrors are bugs."""
    if not isinstance(error, OSError):
        return False
    if error.errno is None:  # what numpy says of a full disk
        return error.filename is not None and " requested and " in str(error.args)
    return error.errno in NO_ROOM or (error.filename is not None and error.errno in NO_SUCH_PLACE)


def _prefer(programs: str) -> None:
    """Puts a folder first on PATH, for the processes that this one starts."""
    before = os.environ.get("PATH", os.defpath).split(os.pathsep)
    if before[0] != programs:
        os.environ["PATH"] = os.pathsep.join([programs, *before])


def without_dvc() -> bool:
    """True if DVC started this process and has died, so that its outputs would be lost."""
    return os.getppid() != PARENT and "DVC_STAGE" in os.environ


class Interruption:
    """Inside `with`, SIGINT or SIGTERM is noted, to be obeyed when that suits.

    A second one is obeyed at once. Under dvc, its death counts as SIGTERM: who starts it again
    must not find the stage at work.
    """

    def __enter__(self) -> "Interruption":
        self._signal = None
        self._handlers = {
            number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM)
        }
        return self

    def __exit__(self, kind, *_) -> None:
        self._restore()
        if kind is None and self.asked:
            self.obey()

    def _note(self, number: int, _frame) -> None:
        self._signal = number
        self._restore()

    def _restore(self) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    @property
    def asked(self) -> bool:
        if without_dvc():
            self._signal = self._signal or signal.SIGTERM
        return self._signal is not None

    def obey(self) -> None:
        if self._signal == signal.SIGINT:
            raise KeyboardInterrupt
        sys.exit(128 + self._signal)


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
