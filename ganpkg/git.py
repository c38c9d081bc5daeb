"""Small readings of git, in the working directory's repository, of which that may be a part."""

import subprocess
from collections.abc import Iterator

from ganpkg.errors import UserError


def output(*arguments: str) -> str:
    """What a command prints. Raises UserError with git's reason if it fails."""
    done = subprocess.run(["git", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise UserError(f"`git {' '.join(arguments)}` failed: {done.stderr.strip()[:200]}")
    return done.stdout


def head() -> str:
    """The commit that is checked out; nothing where there is none."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def commits_of(file: str) -> list[str]:
    """Those that changed a file of the working directory, of HEAD, branches and tags."""
    return output("rev-list", "HEAD", "--branches", "--tags", "--", f"./{file}").split()


def experiments() -> Iterator[tuple[str, str, str]]:
    """DVC's: the revision, its baseline, and the name."""
    for line in output("for-each-ref", "--format=%(objectname) %(refname)", "refs/exps").split(
        "\n"
    ):
        revision, _, place = line.partition(" ")
        # refs/exps/<2 digits of the baseline>/<38>/<name>
        match place.split("/")[2:]:
            case [start, rest, name] if len(rest) == 38:
                yield revision, start + rest, name
