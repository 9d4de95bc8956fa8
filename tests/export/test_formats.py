"""The arguments of `export_run`: spellings of formats, and version numbers."""

import json

import numpy as np
import pytest

from coverzoo.errors import UserError
from coverzoo.export.exporter import export_run
from coverzoo.export.formats import check_version, parse_formats


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("saved-model", ["saved_model"]),
        ("saved_model", ["saved_model"]),
        ("tflite", ["tflite"]),
        (["saved-model"], ["saved_model"]),
        (("web", "saved_model", "saved-model"), ["web", "saved_model"]),
        ({"tflite": 1}, ["tflite"]),
    ],
)
def test_formats_are_spelled_as_the_option_or_as_the_folder(given, expected):
    assert parse_formats(given) == expected


@pytest.mark.parametrize("given", ["onnx", ["tflite", "onnx"], "", [], [None], None, 3])
def test_other_formats_are_refused_with_the_spellings(given):
    with pytest.raises(UserError, match=r"^formats: .* Expected saved-model, tflite or web\.$"):
        parse_formats(given)


def test_a_version_is_a_whole_number_of_a_saved_model():
    assert check_version(None, ["tflite"]) is None
    assert check_version(np.int64(3), ["saved_model"]) == 3

    for version in (0, -1, 1.0, "2", True):
        with pytest.raises(UserError, match=r"^version: expected a whole number, 1 or more"):
            check_version(version, ["saved_model"])
    with pytest.raises(UserError, match=r"^--version: it numbers a SavedModel"):
        check_version(1, ["tflite"])


def test_export_run_returns_the_manifest_and_reports_progress(source, tmp_path):
    lines = []

    manifest = export_run(
        str(source("gan").run.path),
        tmp_path / "out",
        formats="saved-model",
        log=lines.append,
    )

    assert manifest == json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert lines == ["saved_model: writing and comparing on 64 examples"]


def test_export_run_prints_nothing_unless_a_log_is_given(source, tmp_path, capfd):
    export_run(source("gan").run.path, tmp_path / "out", formats="saved_model", version=4)

    assert capfd.readouterr() == ("", "")
    assert (tmp_path / "out" / "saved_model" / "4").is_dir()
