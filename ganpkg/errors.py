"""Mistakes that a person can mend: told in one or two lines, never with a traceback."""


class UserError(Exception):
    """A wrong parameter, file or surrounding. The message says what, where, what is right."""
