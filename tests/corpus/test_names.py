"""NAME and its artist and group."""

import subprocess
import sys

import pytest

from coverzoo.corpus.names import artist_of, group_of

ALBUM = "e52a5405-eec0-4f2a-9f3c-0f800e1164e3"
ARTIST = "478ff859-34eb-457e-b9d2-dc74b5a372e9"
MSD = "TRGGZMN12903CB9D8C"


@pytest.mark.parametrize(
    "name",
    [
        f"{ALBUM}-0__{ARTIST}",
        f"{ALBUM}-12__{ARTIST}",
        f"{MSD}__{ALBUM}-0__{ARTIST}",
        f"{ALBUM}-0__{ARTIST}.jpg__3",
        f"{ALBUM}-0__{ARTIST}.jpg",
        f"{ALBUM}-0__{ARTIST}.jpg__3.jpg",
        f"{MSD}__{ALBUM}-0__{ARTIST}.npy",
        f"{ALBUM}-0__{ARTIST}".upper(),
        f"00000000-0000-0000-0000-000000000000-0__{ARTIST}",
    ],
)
def test_every_form_with_musicbrainz_ids_contains_the_artist(name):
    assert artist_of(name) == ARTIST
    assert group_of(name) == group_of(f"{ALBUM}-0__{ARTIST}")


@pytest.mark.parametrize(
    "name", [MSD, "my cover", ARTIST, f"{ALBUM}__{ARTIST}", f"x{ALBUM}-0__{ARTIST}", ""]
)
def test_each_other_name_is_a_separate_group(name):
    assert artist_of(name) is None
    assert group_of(name) != group_of(f"{name}2")
    assert group_of(name) == group_of(f"{name}.jpg") == group_of(f"{name}.jpg__7.JPG")


def test_groups_are_spread_over_int64():
    groups = [group_of(str(number)) for number in range(1000)]
    assert len(set(groups)) == 1000
    assert all(-(2**63) <= group < 2**63 for group in groups)
    assert 400 < sum(group < 0 for group in groups) < 600


def test_a_group_is_the_same_in_every_process():
    # BLAKE2b-64 of "abc", computed by coreutils' b2sum -l 64.
    assert group_of("abc") == int.from_bytes(bytes.fromhex("d8bb14d833d59559"), "big", signed=True)


def test_names_and_layout_do_not_load_tensorflow():
    code = (
        "import sys, coverzoo.corpus.names, coverzoo.corpus.layout;"
        " print('tensorflow' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
