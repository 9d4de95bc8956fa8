"""AcousticBrainz low-level documents: .json files with the first half of an audio vector."""

import json
from pathlib import Path

import numpy as np

from coverzoo.corpus import schema
from coverzoo.errors import UserError

MAX_BYTES = 16_000_000
"""Size above which a file is refused without reading it; a document has 0.1 MB."""

_REMEDY = "give a low-level document of AcousticBrainz as it was downloaded"


def load_document(path: Path) -> np.ndarray:
    """Return the values of one document, float32 (580,), in the order of `coverzoo.corpus.schema`.

    Values are selected by name; descriptors that are not in the schema are ignored.

    Args:
        path: File of the document, a .json file.

    Raises:
        UserError: If the file cannot be read or is not a complete document; the message names the
            file and the reason, such as the missing value.
    """
    try:
        return _values(path)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:
        raise UserError(f"{path}: {error}; {_REMEDY}") from error


def _values(path: Path) -> np.ndarray:
    """Return the values, or raise ValueError with the reason."""
    size = path.stat().st_size
    if size == 0:
        raise ValueError("empty file")
    if size > MAX_BYTES:
        raise ValueError(f"too large: {MAX_BYTES // 1_000_000} MB at most")
    content = path.read_bytes()
    try:
        # Integers are parsed as floats, because one of a thousand digits is slow or an error.
        document = json.loads(content, parse_int=float)
    except (ValueError, RecursionError) as error:
        raise ValueError("not JSON") from error
    if not isinstance(document, dict):
        raise ValueError("not a document")
    return schema.vector(document)
