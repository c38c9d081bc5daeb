"""Reads YAML that people wrote, with errors that name the line."""

from pathlib import Path

from ruamel.yaml import YAML, YAMLError
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

from ganpkg.errors import UserError

MAX_DEPTH = 10  # of nested lists and mappings


def mapping(text: str, path: str | Path) -> dict:
    """Reads a mapping from YAML 1.2, the version that DVC reads.

    Args:
        path: what errors call the text.

    Raises:
        UserError: if the text is not valid YAML or not a mapping. Aliases are refused, because a
            few lines of them can stand for billions of values; so is deep nesting, which takes
            the reader too long.
    """
    yaml, depth = YAML(typ="safe", pure=True), 0
    try:
        for event in yaml.parse(text):
            if isinstance(event, AliasEvent):
                raise MarkedYAMLError(
                    problem=f"the alias *{event.anchor} is not allowed",
                    problem_mark=event.start_mark,
                )
            depth += isinstance(event, CollectionStartEvent)
            depth -= isinstance(event, CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise MarkedYAMLError(
                    problem=f"more than {MAX_DEPTH} levels deep", problem_mark=event.start_mark
                )
        content = yaml.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise UserError(f"{path}: {where}{error.problem or error.context}") from None
    except (YAMLError, ValueError, LookupError, AttributeError, RecursionError) as error:
        # Explicit tags on the wrong value (!!int on a word) raise anything.
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise UserError(f"{path}: is not valid YAML: {reason}") from None
    if not isinstance(content, dict):
        found = "nothing" if content is None else type(content).__name__
        raise UserError(f"{path}: expected `key: value` lines, found {found}")
    return content
