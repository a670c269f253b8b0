"""Errors in two families: those a user may read, and those only a log may see."""

from __future__ import annotations


class UserError(Exception):
    """Something a user can mend: says what is wrong, where, and what to do. Holds no patient value."""

    exit_code = 2


class UsageError(UserError):
    """A wrong option, value or combination of them."""


class UnreadableFileError(UserError):
    """A file that cannot be read as what it should be."""

    exit_code = 3


class StatisticsError(UserError, ValueError):
    """Input that a statistical function cannot answer for."""


class CancelledError(UserError):
    """Work that was stopped because somebody asked for it."""

    exit_code = 130


class ConfigurationError(UserError):
    """A missing, weak or contradictory setting."""


class NotPermittedError(UserError):
    """The person asking has no grant for this."""
