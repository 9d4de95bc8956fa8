"""Groups of tracks that are not independent: several vectors of one recording."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from coverzoo.corpus.layout import Sample
from coverzoo.errors import UserError


def read_groups(file: Path) -> dict[str, str]:
    """Read a JSON object of NAME → group.

    Raises:
        UserError: If the file cannot be read or is something else.
    """
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"--groups {file}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UserError(f"--groups {file}: no JSON: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
        raise UserError(f"--groups {file}: must be one JSON object of NAME: group, both text")
    return found


def check_groups(groups: Mapping[str, str], samples: Sequence[Sample], file: Path) -> None:
    """Refuse groups that lack a sample.

    Raises:
        UserError: If a sample has no group.
    """
    missing = [sample.name for sample in samples if sample.name not in groups]
    if missing:
        raise UserError(
            f"--groups {file}: {len(missing)} of {len(samples)} tracks have no group, the first "
            f"{missing[0]}. Add them."
        )
