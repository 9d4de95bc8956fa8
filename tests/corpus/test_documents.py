"""Documents in files; test_schema.py tests their values."""

import json
import re

import numpy as np
import pytest

from coverzoo.corpus.documents import MAX_BYTES, load_document
from coverzoo.errors import UserError

VALUES = np.arange(1, 581, dtype=np.float32)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_document_is_read_in_any_encoding_of_json(tmp_path, document, encoding):
    document["metadata"] = {"tags": {"artist": ["Björk"]}, "digits": 10**400}
    path = tmp_path / "track.json"
    path.write_text(json.dumps(document, ensure_ascii=False), encoding=encoding)

    values = load_document(path)

    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, VALUES)


REJECTED = {
    "empty file": b"",
    "not JSON": b'{"lowlevel": {',
    "not JSON ": b"\xff\xfe\x00\xd8",
    "not JSON  ": b"[" * 100_000,
    "not a document": b"[1, 2, 3]",
    "no section 'lowlevel'": b'{"highlevel": {}, "metadata": {}}',
    "too large: 16 MB at most": b" " * (MAX_BYTES + 1),
}


@pytest.mark.parametrize(("reason", "content"), REJECTED.items(), ids=range(len(REJECTED)))
def test_the_reason_of_a_rejected_file_is_reported(tmp_path, reason, content):
    path = tmp_path / "track.json"
    path.write_bytes(content)

    line = f"{path}: {reason.strip()}; give a low-level document of AcousticBrainz"
    with pytest.raises(UserError, match=re.escape(line)):
        load_document(path)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("null", "no number for rhythm.bpm; give"),
        ('"120"', "no number for rhythm.bpm; give"),
        ("NaN", "rhythm.bpm is nan, not a finite number; give"),
        ("1e999", "rhythm.bpm is inf, not a finite number; give"),
        ("1" * 5000, "rhythm.bpm is inf, not a finite number; give"),
        ("1e39", "rhythm.bpm is 1e+39, beyond float32; give"),
    ],
)
def test_an_invalid_value_is_named(tmp_path, document, value, reason):
    path = tmp_path / "track.json"
    document["rhythm"]["bpm"] = "VALUE"
    path.write_text(json.dumps(document).replace('"VALUE"', value))

    with pytest.raises(UserError, match=re.escape(f"{path}: {reason}")):
        load_document(path)


def test_a_missing_file_and_a_folder_are_user_errors(tmp_path):
    with pytest.raises(UserError, match=r"none\.json: No such file or directory$"):
        load_document(tmp_path / "none.json")
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(UserError, match=r"folder\.json: Is a directory$"):
        load_document(tmp_path / "folder.json")
