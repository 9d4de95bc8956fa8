"""Vector files."""

import io
import re

import numpy as np
import pytest

from coverzoo.corpus.layout import read_split
from coverzoo.corpus.vectors import check_vector, load_vector, load_vectors
from coverzoo.errors import UserError


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", ">f8"])
@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_every_float_type_and_format_version_is_read(tmp_path, vector, dtype, version):
    path = tmp_path / "v.npy"
    expected = vector().astype(dtype)
    with path.open("wb") as file:
        np.lib.format.write_array(file, expected, version)

    kind, offset = check_vector(path)

    assert kind == dtype
    assert np.fromfile(path, kind, offset=offset).tolist() == expected.tolist()
    assert load_vector(path).dtype == np.float32
    np.testing.assert_array_equal(load_vector(path), expected.astype(np.float32))


def saved(array, **options):
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def at(index, value, dtype=np.float32):
    array = np.zeros(1160, dtype)
    array[index] = value
    return saved(array)


REJECTED = {
    "empty file": b"",
    "not a .npy file": b"not numbers at all",
    "truncated .npy file": saved(np.zeros(1160))[:-1],
    "truncated .npy file ": saved(np.zeros(1160))[:50],
    "truncated .npy file  ": b"\x93NUMPY",
    "damaged .npy header": saved(np.zeros(1160)).replace(b"descr", b"dexcr"),
    "has shape (580,), expected (1160,)": saved(np.zeros(580)),
    "has shape (1, 1160), expected (1160,)": saved(np.zeros((1, 1160))),
    "has shape (), expected (1160,)": saved(np.float64(1)),
    "holds int64, expected float32 or float64": saved(np.zeros(1160, np.int64)),
    "holds float16, expected float32 or float64": saved(np.zeros(1160, np.float16)),
    "holds Python objects, not numbers": saved(np.array([{}] * 1160), allow_pickle=True),
    "value 7 is nan, not a finite number": at(7, np.nan),
    "value 1159 is inf, not a finite number": at(1159, np.inf),
    "value 0 is -inf, not a finite number": at(0, -np.inf, np.float64),
    "value 3 is 1e+39, beyond float32": at(3, 1e39, np.float64),
}


@pytest.mark.parametrize(("reason", "content"), REJECTED.items())
def test_the_reason_of_a_rejected_file_is_reported(tmp_path, reason, content):
    path = tmp_path / "v.npy"
    path.write_bytes(content)

    with pytest.raises(ValueError, match=f"^{re.escape(reason.strip())}$"):
        check_vector(path)
    with pytest.raises(UserError, match=re.escape(f"{path}: {reason.strip()}; an audio vector")):
        load_vector(path)


def test_the_largest_float32_numbers_are_accepted(tmp_path):
    path = tmp_path / "v.npy"
    largest = float(np.finfo(np.float32).max)
    np.save(path, np.full(1160, -largest))
    assert load_vector(path).tolist() == [-largest] * 1160


def test_a_missing_file_is_a_user_error(tmp_path):
    with pytest.raises(UserError, match=r"none\.npy: No such file or directory"):
        load_vector(tmp_path / "none.npy")


def test_zeros_are_accepted_for_training_but_not_as_a_track(tmp_path):
    path = tmp_path / "zeros.npy"
    np.save(path, np.zeros(1160))

    assert check_vector(path)[0] == "<f8"
    with pytest.raises(UserError, match=r"zeros\.npy: all zeros: both halves of the features"):
        load_vector(path)


def test_load_vectors_reads_all_or_a_seeded_subset_in_order(tmp_path, write_pair, vector):
    for seed in range(9):
        write_pair(tmp_path, "rock", f"n{seed}", seed)
    samples = read_split(tmp_path, "train", audio=True).samples
    expected = np.stack([vector(seed) for seed in range(9)]).astype(np.float64)

    whole = load_vectors(samples)
    part, again, other = (load_vectors(samples, 4, seed) for seed in (1, 1, 2))

    assert whole.dtype == np.float64
    np.testing.assert_array_equal(whole, expected)
    np.testing.assert_array_equal(load_vectors(samples, 9), expected)
    np.testing.assert_array_equal(part, again)
    assert not np.array_equal(part, other)
    rows = [expected.tolist().index(row) for row in part.tolist()]
    assert rows == sorted(set(rows))


def test_load_vectors_needs_audio(tmp_path, write_pair):
    write_pair(tmp_path, "rock", "a")
    samples = read_split(tmp_path, "train", audio=False).samples
    with pytest.raises(ValueError, match="audio=True"):
        load_vectors(samples)
