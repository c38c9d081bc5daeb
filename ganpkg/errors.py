"""Mistakes that a person can mend: told in one or two lines, never with a traceback."""


class UserError(Exception):
    """A wrong parameter, file or surrounding. The message says what, where, what is right."""


def reason(error: Exception, most: int = 120) -> str:
    """What an exception says, on one line of at most so many characters.

    Decoders of damaged files raise anything, at any length.
    """
    return " ".join(str(error).split())[:most] or type(error).__name__
