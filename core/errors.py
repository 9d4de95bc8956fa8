"""Errors a user can mend."""


class UserError(Exception):
    """A fault in what the user gave: one line that names the file or option and the remedy.

    Commands print it on standard error without a traceback and exit with status 1.
    """


class UsageError(UserError):
    """An option, or options together, that no data could serve; commands exit with status 2."""
