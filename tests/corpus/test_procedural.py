"""The built-in corpus: files, names, facts, and the command that writes it."""

import csv
import json
import re
from collections import Counter, defaultdict

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from coverzoo.corpus.audio_facts import FACTS, audio_facts
from coverzoo.corpus.cli import main
from coverzoo.corpus.procedural import GENRES, audio, covers, synthesize, table, tracks, write
from coverzoo.errors import UserError

COUNTS = {"train": 96, "val": 24, "test": 24}
MBID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
MSDID = r"TR[A-Z]{5}12[0-9A-F]{9}"
FORMS = {
    "musicbrainz": re.compile(rf"{MBID}-\d__({MBID})"),
    "msd": re.compile(MSDID),
    "both": re.compile(rf"{MSDID}__{MBID}-\d__({MBID})"),
}


def table_of(root):
    with open(root / "facts.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tree(root):
    """Every file below the folder, and its bytes."""
    files = (path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def path_of(root, row, part, suffix):
    folder = root / "audio-cover_dataset" / part / row["split"] / row["genre"]
    return folder / f"{row['name']}{suffix}"


def audio_of(root, row):
    return np.load(path_of(root, row, "audio", ".npy"), allow_pickle=False)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("procedural") / "corpus"
    synthesize(root, **COUNTS, size=32, workers=1)
    return root


@pytest.fixture(scope="module")
def rows(root):
    return table_of(root)


def test_equal_seeds_generate_equal_files_for_any_number_of_workers(root, tmp_path):
    synthesize(tmp_path / "again", **COUNTS, size=32, workers=2)

    assert tree(tmp_path / "again") == tree(root)


def test_another_seed_generates_other_tracks(root, tmp_path):
    synthesize(tmp_path / "other", seed=1, train=12, val=0, test=0, size=32)

    assert not {row["name"] for row in table_of(tmp_path / "other")} & {
        row["name"] for row in table_of(root)
    }


def test_a_larger_corpus_contains_the_smaller(root, tmp_path):
    synthesize(tmp_path / "part", train=12, val=12, test=0, size=32)
    pairs = "audio-cover_dataset/"

    part = {key: value for key, value in tree(tmp_path / "part").items() if key.startswith(pairs)}
    assert len(part) == 48
    assert part.items() <= tree(root).items()


def test_every_pair_has_a_row_of_facts_and_every_row_a_pair(root, rows):
    found = {str(path) for path in (root / "audio-cover_dataset").rglob("*") if path.is_file()}
    expected = {
        str(path_of(root, row, part, suffix))
        for row in rows
        for part, suffix in (("cover", ".jpg"), ("audio", ".npy"))
    }

    assert found == expected
    assert Counter(row["split"] for row in rows) == COUNTS
    assert {path.name for path in root.iterdir()} == {
        "audio-cover_dataset",
        "facts.csv",
        "procedural.json",
    }


@pytest.mark.parametrize("count", [5, 12, 30])
def test_genres_are_as_even_as_can_be(count):
    genres = Counter(tracks.track(0, "test", index).genre.name for index in range(count))

    assert len(genres) == min(count, len(GENRES))
    assert max(genres.values()) - min(genres.values()) <= 1


def test_covers_are_rgb_jpegs_of_the_size(root, rows):
    for row in rows:
        with Image.open(path_of(root, row, "cover", ".jpg")) as image:
            assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (32, 32))


def test_names_have_the_three_forms_and_contain_the_artist(rows):
    assert {row["source"] for row in rows} == set(FORMS)
    for row in rows:
        match = FORMS[row["source"]].fullmatch(row["name"])
        assert match, row["name"]
        assert row["source"] == "msd" or match[1] == row["artist"]


def test_artists_have_several_tracks_in_one_split():
    splits, counts = defaultdict(set), Counter()
    for split in tracks.SPLITS:
        for index in range(200):
            artist = tracks.track(0, split, index).artist.mbid
            splits[artist].add(split)
            counts[artist] += 1

    assert all(len(found) == 1 for found in splits.values())
    assert set(counts.values()) == {2, 3, 4, 5, 6}


def test_sources_have_the_documented_shares():
    counts = Counter(tracks.track(0, "train", index).source for index in range(2000))

    for source, share in tracks.SOURCE_SHARES.items():
        assert counts[source] / 2000 == pytest.approx(share, abs=0.03)


def test_a_half_that_the_source_lacks_is_zeros(root, rows):
    for row in rows:
        vector = audio_of(root, row)
        assert vector.shape == (1160,)
        assert vector.dtype == np.float32
        assert np.isfinite(vector).all()
        assert vector[:580].any() == (row["source"] != "msd")
        assert vector[580:].any() == (row["source"] != "musicbrainz")


def test_the_table_lists_the_facts_of_the_vectors(root, rows):
    known = [row for row in rows if row["source"] != "msd"]
    vectors = np.stack([audio_of(root, row) for row in known])

    np.testing.assert_allclose(
        [[float(row[name]) for name in FACTS] for row in known], audio_facts(vectors), atol=6e-5
    )


def test_the_table_can_be_read_by_name(root, rows):
    read = table.read_table(root, "val")

    assert sorted(read) == sorted(row["name"] for row in rows if row["split"] == "val")
    for index in range(COUNTS["val"]):
        track = tracks.track(0, "val", index)
        row = read[track.name]
        facts = audio_facts(audio.first_halves([track]))[0]
        _, free = covers.draw(track, facts, 32)
        expected = [*facts, *free]
        np.testing.assert_allclose(table.numbers([row], table.COLUMNS[6:])[0], expected, atol=6e-5)
        assert (row["genre"], row["artist"]) == (track.genre.name, track.artist.mbid)


def test_an_existing_corpus_is_not_written_again(root):
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}

    synthesize(root, **COUNTS, size=32)

    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before


@pytest.mark.parametrize("place", ["foreign", "file", "other"])
def test_a_folder_with_other_content_is_refused(tmp_path, place):
    taken = tmp_path / place
    if place == "foreign":
        taken.mkdir()
        (taken / "notes.txt").touch()
    elif place == "file":
        taken.touch()
    else:
        synthesize(taken, train=1, val=0, test=0, size=32)
    before = tree(tmp_path)

    with pytest.raises(UserError, match=re.escape(str(taken))):
        synthesize(taken, train=2, val=0, test=0, size=32)

    assert tree(tmp_path) == before


def test_an_interrupted_call_leaves_no_incomplete_corpus(tmp_path):
    def stop(count):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        synthesize(tmp_path / "c", train=4, val=0, test=0, size=32, progress=stop)
    assert tree(tmp_path / "c") == {}

    # Killed between the last moves: facts and settings are there, the pairs are not.
    for name in ("facts.csv", "procedural.json"):
        (tmp_path / "c" / name).write_text("{}")
    (tmp_path / "c" / ".unfinished-1").mkdir()
    synthesize(tmp_path / "c", train=4, val=0, test=0, size=32)
    assert len(table_of(tmp_path / "c")) == 4
    assert not (tmp_path / "c" / ".unfinished-1").exists()


def test_progress_counts_every_sample(tmp_path):
    counts = []

    synthesize(tmp_path / "c", train=40, val=2, test=1, size=32, progress=counts.append)

    assert sum(counts) == 43


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--train", "-1"], "--train"),
        (["--seed", "-1"], "--seed"),
        (["--size", "100"], "--size"),
        (["--workers", "0"], "--workers"),
        (["--train", "0", "--val", "0", "--test", "0"], "--train"),
    ],
)
def test_an_invalid_option_is_reported_in_one_line(tmp_path, options, named):
    result = CliRunner().invoke(main, ["synthesize", str(tmp_path / "c"), *options])

    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert named in result.output
    assert result.output.count("\n") == 1
    assert not (tmp_path / "c").exists()


def test_a_root_below_a_file_is_reported_in_one_line(tmp_path):
    (tmp_path / "file").touch()

    result = CliRunner().invoke(main, ["synthesize", str(tmp_path / "file" / "c")])

    assert result.exit_code == 1
    assert result.output.count("\n") == 1
    assert str(tmp_path / "file") in result.output


def test_the_command_reports_what_it_wrote(tmp_path):
    command = ["synthesize", str(tmp_path / "c"), "--train", "12", "--val", "1", "--test", "2"]

    result = CliRunner().invoke(main, [*command, "--size", "64"])

    assert result.exit_code == 0, result.output
    assert "12 train, 1 val and 2 test pairs, 64×64" in result.output
    settings = json.loads((tmp_path / "c" / "procedural.json").read_text())
    assert settings == {
        "version": write.VERSION, "seed": 0, "train": 12, "val": 1, "test": 2, "size": 64
    }  # fmt: skip
