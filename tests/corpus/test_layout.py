"""Samples and rejected files of the folder layout."""

import os
import re
import shutil
import threading
from collections import Counter

import numpy as np
import pytest

from coverzoo.corpus.layout import SPLITS, Rejected, fingerprint, read_images, read_split
from coverzoo.errors import UserError

ALBUM = "e52a5405-eec0-4f2a-9f3c-0f800e1164e3"
ARTIST = "478ff859-34eb-457e-b9d2-dc74b5a372e9"
MSD = "TRGGZMN12903CB9D8C"
NAMES = [f"{ALBUM}-0__{ARTIST}", MSD, f"{MSD}__{ALBUM}-0__{ARTIST}", "A cover, by hand é"]


def names(listing):
    return [(sample.genre, sample.name) for sample in listing.samples]


def rejected(listing):
    return {file.path: file.reason for file in listing.rejected}


def test_pairs_are_matched_by_split_genre_and_name(tmp_path, write_pair):
    written = {name: write_pair(tmp_path, "rock", name, seed) for seed, name in enumerate(NAMES)}
    write_pair(tmp_path, "jazz", MSD, 9)
    write_pair(tmp_path, "rock", "elsewhere", split="val")

    listing = read_split(tmp_path, "train", audio=True)

    assert names(listing) == [("jazz", MSD)] + [("rock", name) for name in sorted(NAMES)]
    assert listing.split == "train"
    assert listing.genres == ("jazz", "rock")
    assert listing.rejected == ()
    assert listing.notice is None
    for sample in listing.samples[1:]:
        assert (sample.image, sample.audio) == written[sample.name]
        assert (sample.audio_dtype, sample.audio_offset) == ("<f4", 128)
        assert sample.size == (128, 128)
        assert sample.file_sizes == (sample.image.stat().st_size, 128 + 4 * 1160)
    groups = {sample.name: sample.group for sample in listing.samples[1:]}
    assert groups[NAMES[0]] == groups[NAMES[2]]
    assert len(set(groups.values())) == 3


def test_covers_only_data_accepts_every_suffix_and_the_trailing_number(tmp_path, write_image):
    folder = tmp_path / "cover_dataset" / "val"
    for name in ("a.jpg", "b.jpeg", "c.JPG", "d.jpg__3.jpg", "d.jpg"):
        write_image(folder / "pop" / name.replace("JPG", "jpg"))
    (folder / "pop" / "c.jpg").rename(folder / "pop" / "c.JPG")
    (folder / ".DS_Store").touch()
    (folder / "pop" / "._a.jpg").write_bytes(b"resource fork")
    (folder / "pop" / "Thumbs.db").touch()

    listing = read_split(tmp_path, "val", audio=False)

    assert [sample.name for sample in listing.samples] == ["a", "b", "c", "d", "d.jpg__3"]
    assert listing.rejected == ()
    assert listing.samples[3].group == listing.samples[4].group
    assert {(s.audio, s.audio_dtype, s.audio_offset) for s in listing.samples} == {(None,) * 3}


def test_covers_only_data_is_preferred_to_covers_of_pairs_with_or_without_vectors(
    tmp_path, write_image, write_pair
):
    write_pair(tmp_path, "rock", "pair")
    write_image(tmp_path / "audio-cover_dataset/cover/train/rock/orphan.jpg")
    assert names(read_split(tmp_path, "train", audio=False)) == [
        ("rock", "orphan"),
        ("rock", "pair"),
    ]
    write_image(tmp_path / "cover_dataset/train/pop/alone.jpg")
    assert names(read_split(tmp_path, "train", audio=False)) == [("pop", "alone")]


def test_every_unusable_file_is_rejected_with_its_reason(tmp_path, write_pair, write_image):
    pairs = tmp_path / "audio-cover_dataset"
    write_pair(tmp_path, "rock", "good")
    for name in ("nan", "short", "pickled", "both", "words", "cut", "empty", "gone", "no-cover"):
        write_pair(tmp_path, "rock", name)
    audio, cover = pairs / "audio/train/rock", pairs / "cover/train/rock"
    np.save(audio / "nan.npy", np.full(1160, np.nan))
    np.save(audio / "short.npy", np.zeros(580))
    np.save(audio / "pickled.npy", np.array([None] * 1160))
    np.save(audio / "both.npy", np.zeros(1160, np.int32))
    (cover / "both.jpg").write_text("not a picture")
    (cover / "words.jpg").write_text("not a picture")
    (cover / "cut.jpg").write_bytes((cover / "good.jpg").read_bytes()[:-300])
    (cover / "empty.jpg").write_bytes(b"")
    (cover / "gone.jpg").unlink()
    (cover / "gone.jpg").symlink_to(tmp_path / "nowhere.jpg")
    (cover / "no-cover.jpg").unlink()
    write_image(cover / "no-vector.jpg")
    write_image(cover / "other.png")
    write_image(cover / "good.jpeg")
    write_image(pairs / "cover/train/loose.jpg")
    (cover / "folder.jpg").mkdir()

    listing = read_split(tmp_path, "train", audio=True)

    assert names(listing) == [("rock", "good")]
    found = rejected(listing)
    assert list(found) == sorted(found)
    assert found.pop("audio-cover_dataset/cover/train/rock/cut.jpg").startswith("damaged image: ")
    prefix = "audio-cover_dataset/{}/train/rock/{}"
    assert found == {
        "audio-cover_dataset/cover/train/loose.jpg": "not in a genre folder",
        prefix.format("audio", "nan.npy"): "value 0 is nan, not a finite number",
        prefix.format("audio", "short.npy"): "has shape (580,), expected (1160,)",
        prefix.format("audio", "pickled.npy"): "holds Python objects, not numbers",
        prefix.format("audio", "both.npy"): "holds int32, expected float32 or float64",
        prefix.format("audio", "no-cover.npy"): "vector without its cover",
        prefix.format("cover", "both.jpg"): "not an image",
        prefix.format("cover", "words.jpg"): "not an image",
        prefix.format("cover", "empty.jpg"): "empty file",
        prefix.format("cover", "gone.jpg"): "cannot be read: No such file or directory",
        prefix.format("cover", "no-vector.jpg"): "cover without its vector",
        prefix.format("cover", "other.png"): "not a .jpeg or .jpg file",
        prefix.format("cover", "good.jpg"): "has the NAME of good.jpeg",
        prefix.format("cover", "folder.jpg"): "a folder, not a file",
    }
    first = listing.rejected[0]
    assert listing.notice == f"train: 15 rejected, the first {first.path}: {first.reason}"


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() == 0, reason="root may read every file")
def test_a_file_without_permission_is_rejected(tmp_path, write_pair):
    write_pair(tmp_path, "rock", "good")
    cover, _ = write_pair(tmp_path, "rock", "locked")
    cover.chmod(0)
    assert list(rejected(read_split(tmp_path, "train", audio=True)).values()) == [
        "cannot be read: Permission denied"
    ]


def test_a_flat_folder_is_split_by_artist(tmp_path, write_image):
    source = write_image(tmp_path / "n0.png", width=4, height=4)
    for number in range(1, 400):
        shutil.copy(source, tmp_path / f"n{number}.png")
    for number in range(20):
        shutil.copy(source, tmp_path / f"{ALBUM}-{number}__{ARTIST}.png")
    (tmp_path / "notes.txt").touch()
    (tmp_path / "more").mkdir()

    listings = {split: read_split(tmp_path, split, audio=False) for split in SPLITS}

    counts = {split: len(listing.samples) for split, listing in listings.items()}
    assert sum(counts.values()) == 420
    assert 300 < counts["train"] < 365
    assert 25 < counts["val"] < 75
    assert 25 < counts["test"] < 75
    assert sorted(sum(ARTIST in s.name for s in each.samples) for each in listings.values()) == [
        0,
        0,
        20,
    ]
    for listing in listings.values():
        assert listing.genres == ()
        assert listing.rejected == ()
        assert {sample.genre for sample in listing.samples} == {None}


@pytest.mark.parametrize("audio", [False, True])
@pytest.mark.parametrize(
    ("created", "requested", "message"),
    [
        ((), "none", "none does not exist; "),
        (("file",), "file", "file is not a folder; "),
        (("empty/",), "empty", ""),
        (("r/cover_dataset/train/",), "r/cover_dataset", "--data {tmp}/r"),
        (("r/audio-cover_dataset/cover/",), "r/audio-cover_dataset/cover", "--data {tmp}/r"),
        (("r/audio-cover_dataset/cover/val/rock/",), "r", "cover/train does not exist; "),
        (("r/cover_dataset/val/",), "r", "/train does not exist; "),
    ],
)
def test_a_folder_without_the_layout_is_one_line_with_the_remedy(
    tmp_path, created, requested, message, audio
):
    for name in created:
        path = tmp_path / name
        (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            path.touch()
    with pytest.raises(UserError) as raised:
        read_split(tmp_path / requested, "train", audio=audio)
    line = str(raised.value)
    assert "\n" not in line
    assert str(tmp_path / requested) in line
    assert message.format(tmp=tmp_path) in line
    assert "--data" in line


def test_audio_of_covers_only_data_names_the_folders_that_it_needs(tmp_path, write_image):
    write_image(tmp_path / "cover_dataset/train/pop/a.jpg")
    with pytest.raises(UserError, match="--audio needs --data ROOT with audio-cover_dataset/cover"):
        read_split(tmp_path, "train", audio=True)


def test_a_split_without_a_usable_sample_names_the_count_and_the_first(tmp_path):
    folder = tmp_path / "cover_dataset/train/pop"
    folder.mkdir(parents=True)
    with pytest.raises(UserError, match="the split holds no covers; --data ROOT must hold"):
        read_split(tmp_path, "train", audio=False)
    for name in "ab":
        (folder / f"{name}.jpg").touch()
    first = "cover_dataset/train/pop/a.jpg: empty file"
    with pytest.raises(
        UserError, match=f"all 2 files of the split were rejected, the first {first}"
    ):
        read_split(tmp_path, "train", audio=False)


def test_an_unknown_split_is_a_value_error(tmp_path):
    with pytest.raises(ValueError, match=r"train, val, test. Received: 'dev'"):
        read_split(tmp_path, "dev", audio=False)


def test_progress_counts_up_to_all_in_the_calling_thread(tmp_path, write_image):
    source = write_image(tmp_path / "cover_dataset/train/pop/n0.jpg", width=8, height=8)
    for number in range(1, 150):
        shutil.copy(source, source.with_name(f"n{number}.jpg"))
    calls = []

    def progress(done, total):
        calls.append((done, total, threading.current_thread() is threading.main_thread()))

    read_split(tmp_path, "train", audio=False, progress=progress)
    assert calls == [(64, 150, True), (128, 150, True), (150, 150, True)]


def test_the_fingerprint_identifies_data_and_its_copies(tmp_path, write_pair, write_image):
    for split in ("train", "val"):
        for name in "abc":
            write_pair(tmp_path / "one", "rock", name, seed=ord(name), split=split)
    shutil.copytree(tmp_path / "one", tmp_path / "two", copy_function=shutil.copyfile)

    def read(root):
        return [read_split(tmp_path / root, split, audio=True) for split in ("train", "val")]

    one = fingerprint(read("one"))
    assert re.fullmatch("[0-9a-f]{32}", one)
    assert fingerprint(read("two")) == fingerprint(reversed(read("two"))) == one
    assert fingerprint(read("two")[:1]) != one

    changed = tmp_path / "two/audio-cover_dataset/cover/train/rock"
    write_image(changed / "a.jpg", seed=77)
    larger = fingerprint(read("two"))
    (changed / "b.jpg").unlink()
    assert len({one, larger, fingerprint(read("two"))}) == 3


def test_image_files_become_samples_in_their_order_or_an_error(tmp_path, write_image):
    paths = [write_image(tmp_path / name, width=9, height=7) for name in ("b.png", "a.jpg")]
    assert [(s.name, s.size, s.genre) for s in read_images(paths)] == [
        ("b", (9, 7), None),
        ("a", (9, 7), None),
    ]
    with pytest.raises(UserError, match=r"none\.png: cannot be read: No such file"):
        read_images([*paths, tmp_path / "none.png"])


def test_a_rejected_file_is_printed_as_one_line():
    assert str(Rejected("a/b.jpg", "empty file")) == "a/b.jpg: empty file"


def test_no_real_pair_is_rejected(real_data):
    listing = read_split(real_data / "real", "test", audio=True)
    assert len(listing.samples) == 486
    assert listing.rejected == ()
    assert len(listing.genres) == 8
    assert {sample.decoder for sample in listing.samples} == {"jpeg"}
    covers = read_split(real_data / "real", "test", audio=False)
    assert len(covers.samples) == 567
    # A sample without a known artist is a separate group.
    assert max(Counter(sample.group for sample in covers.samples).values()) < 20
