"""Errors that a user can fix, and the install commands that their messages advise."""

import json
import sys
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit

DISTRIBUTION = "coverzoo"


class UserError(Exception):
    """A fault in what the user gave: one line that names the file or option and the remedy.

    Commands print it on standard error without a traceback and exit with status 1.
    """


class UsageError(UserError):
    """An option, or a combination of options, that cannot work; commands exit with status 2."""


def install_command(extra: str) -> str:
    """The command that installs an extra of this distribution for the running Python.

    A distribution that was installed from a folder or a file is named by its path, because it
    may not be on a package index.

    Args:
        extra: Name of the extra, such as `audio`.
    """
    return f"{_shortened(Path(sys.executable))} -m pip install '{_source()}[{extra}]'"


def _source() -> str:
    """What pip installed this distribution from: a path, or its name on an index (PEP 610)."""
    try:
        text = metadata.distribution(DISTRIBUTION).read_text("direct_url.json")
        url = urlsplit(json.loads(text or "{}").get("url", ""))
    except (metadata.PackageNotFoundError, ValueError, AttributeError):
        return DISTRIBUTION
    path = Path(unquote(url.path))
    return _shortened(path) if url.scheme == "file" and path.exists() else DISTRIBUTION


def _shortened(path: Path) -> str:
    """The path from the working directory where it lies below it, as `./` and so on."""
    try:
        return f"./{path.relative_to(Path.cwd())}".removesuffix("/.")
    except (ValueError, OSError):
        return str(path)
