"""Files that are written whole or not at all."""

import pytest

from coverzoo.files import replacing


def test_the_file_of_either_of_two_writers_is_whole(tmp_path):
    path = tmp_path / "covers.png"

    with replacing(path) as first:
        first.write_text("first, half")
        with replacing(path) as second:
            second.write_text("second")
        assert path.read_text() == "second"
        first.write_text("first")

    assert path.read_text() == "first"
    assert list(tmp_path.iterdir()) == [path]


def test_a_block_that_raises_leaves_the_old_file(tmp_path):
    path = tmp_path / "covers.png"
    path.write_text("old")

    def write():
        with replacing(path) as file:
            file.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write()

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
