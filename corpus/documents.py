"""Low-level documents of AcousticBrainz: .json files with the first half of an audio vector."""

import json
from pathlib import Path

import numpy as np

from coverzoo.corpus import schema
from coverzoo.errors import UserError

MAX_BYTES = 16_000_000
"""Larger files are refused unread; a document has 0.1 MB."""

_REMEDY = "give a low-level document of AcousticBrainz, as it was downloaded"


def load_document(path: Path) -> np.ndarray:
    """Read the values of one document, float32 (580,), in the order of `coverzoo.corpus.schema`.

    They are found by their names; descriptors the schema does not name are ignored.

    Raises:
        UserError: The file cannot be read or is no whole document; the line names it and the
            reason, such as the value that is missing.
    """
    try:
        return _values(path)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:
        raise UserError(f"{path}: {error}; {_REMEDY}") from error


def _values(path: Path) -> np.ndarray:
    """The values, or ValueError with the reason."""
    size = path.stat().st_size
    if size == 0:
        raise ValueError("empty file")
    if size > MAX_BYTES:
        raise ValueError(f"too large: {MAX_BYTES // 1_000_000} MB at most")
    content = path.read_bytes()
    try:
        # As floats, for an integer of a thousand digits is an error or slow otherwise.
        document = json.loads(content, parse_int=float)
    except (ValueError, RecursionError) as error:
        raise ValueError("not JSON") from error
    if not isinstance(document, dict):
        raise ValueError("not a document")
    return schema.vector(document)
