"""Queries to git about the repository of the working directory, which may be a subfolder of it."""

import subprocess
from collections.abc import Iterator
from contextlib import suppress

from ganpkg.errors import UserError


def output(*arguments: str) -> str:
    """What a git command prints. Raises UserError with git's reason if it fails."""
    return output_of("git", *arguments)


def output_of(*command: str) -> str:
    """The same for any program."""
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        raise UserError(f"`{' '.join(command)}` failed: {result.stderr.strip()[:200]}")
    return result.stdout


def head() -> str:
    """The commit that is checked out; empty if there is none."""
    with suppress(UserError):
        return output("rev-parse", "HEAD").strip()
    return ""


def commits_that_change(file: str) -> list[str]:
    """The commits in HEAD, branches and tags that change a file of the working directory."""
    return output("rev-list", "HEAD", "--branches", "--tags", "--", f"./{file}").split()


def experiments() -> Iterator[tuple[str, str, str]]:
    """DVC's experiments: revision, baseline commit, and name."""
    references = output("for-each-ref", "--format=%(objectname) %(refname)", "refs/exps")
    for line in references.splitlines():
        revision, _, place = line.partition(" ")
        # refs/exps/<2 digits of the baseline>/<38>/<name>
        match place.split("/")[2:]:
            case [start, rest, name] if len(rest) == 38:
                yield revision, start + rest, name
