"""Errors that a person can mend. They are reported in one or two lines, without a traceback."""


class UserError(Exception):
    """A wrong parameter, file or environment. The message says what, where, and what is right."""


def reason(error: Exception, max_length: int = 120) -> str:
    """An exception's message, on one line of at most `max_length` characters.

    Readers of damaged files raise exceptions of any type and length.
    """
    return " ".join(str(error).split())[:max_length] or type(error).__name__
