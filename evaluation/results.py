"""The files of an evaluation: metrics.json for programs, report.html for people."""

import json
import math
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from coverzoo.errors import UserError
from coverzoo.files import replacing

METRICS, REPORT = "metrics.json", "report.html"


def prepare_folder(folder: Path) -> None:
    """Make the folder of the results, and see that a file can be written there.

    Raises:
        UserError: If not.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0")
    except OSError as error:
        raise UserError(
            f"{folder}: results cannot be written there: {error.strerror}. Give another folder: "
            "--out DIR"
        ) from error


def write_results(folder: Path, metrics: Mapping[str, Any], report: str) -> None:
    """Write both files, or neither.

    Args:
        folder: Folder of the results.
        metrics: Content of metrics.json; numbers that are not finite, which JSON lacks, are null.
        report: Content of report.html.

    Raises:
        UserError: If they cannot be written.
    """
    texts = {
        METRICS: json.dumps(_finite(metrics), indent=2, allow_nan=False) + "\n",
        REPORT: report,
    }
    try:
        with ExitStack() as both:
            files = {name: both.enter_context(replacing(folder / name)) for name in texts}
            for name, text in texts.items():
                files[name].write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{folder}: cannot be written: {error.strerror}") from error


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
