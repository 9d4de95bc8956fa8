"""The formats of an export, as `--format` and the Python API spell them."""

from collections.abc import Iterable
from numbers import Integral
from typing import Any

from coverzoo.errors import UsageError

FORMATS = ("saved-model", "tflite", "web")
DEFAULT_FORMATS = ("saved-model", "tflite")  # `web` downloads LiteRT.js by npm


def parse_formats(formats: str | Iterable[str]) -> list[str]:
    """Formats by the names of their folders: `saved_model`, `tflite`, `web`.

    Args:
        formats: One of `FORMATS` or several; `saved_model` is accepted too.

    Raises:
        UsageError: If there is none or one is unknown.
    """
    given: list[Any] = [formats] if isinstance(formats, str) else _listed(formats)
    known = {name.replace("-", "_") for name in FORMATS}
    found = []
    for each in given:
        name = str(each).replace("-", "_")
        if name not in known:
            raise UsageError(f"formats: unknown {each!r}. Expected {_OR}.")
        if name not in found:
            found.append(name)
    if not found:
        raise UsageError(f"formats: none given. Expected {_OR}.")
    return found


def check_version(version: Any, formats: Iterable[str]) -> int | None:
    """The version number of a SavedModel as an int, or None.

    Args:
        version: Whole number, 1 or more, or None.
        formats: Formats as `parse_formats` returns them.

    Raises:
        UsageError: If it is another value, or no SavedModel is exported.
    """
    if version is None:
        return None
    if not isinstance(version, Integral) or isinstance(version, bool) or version < 1:
        raise UsageError(f"version: expected a whole number, 1 or more. Received: {version!r}")
    if "saved_model" not in formats:
        raise UsageError("--version: it numbers a SavedModel. Add the format saved-model.")
    return int(version)


_OR = f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}"


def _listed(formats: Any) -> list[Any]:
    try:
        return list(formats)
    except TypeError:
        raise UsageError(f"formats: unknown {formats!r}. Expected {_OR}.") from None
