"""`--format web`: a folder that is whole, and what is refused in one line."""

import base64
import dataclasses
import hashlib
import io
import json
import re
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest

from coverzoo.corpus import schema
from coverzoo.corpus.layout import read_split
from coverzoo.corpus.vectors import load_vector
from coverzoo.errors import UserError
from coverzoo.export import exporter as writing
from coverzoo.export import litertjs, tflite, web

PAGE = Path(web.__file__).with_name("page")


def silent(line):
    pass


def archive_of(package):
    """An archive like the one on npm, with a line in place of each file."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as content:
        for name in package.files:
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(name)
            content.addfile(entry, io.BytesIO(name.encode()))
    return packed.getvalue()


@pytest.fixture
def archives(monkeypatch, tmp_path):
    """A folder of small archives that stand for LiteRT.js, so that no network is asked."""
    folder = tmp_path / "archives"
    folder.mkdir()
    made = []
    for package in litertjs.PACKAGES:
        content = archive_of(package)
        (folder / package.archive).write_bytes(content)
        digest = base64.b64encode(hashlib.sha512(content).digest()).decode()
        made.append(dataclasses.replace(package, integrity=digest))
    monkeypatch.setattr(litertjs, "PACKAGES", tuple(made))
    monkeypatch.setenv(litertjs.VARIABLE, str(folder))
    return folder


@pytest.fixture
def fetching(archives, monkeypatch, tmp_path):
    """No folder given and nothing kept yet; put a program in the place of npm."""
    monkeypatch.delenv(litertjs.VARIABLE)
    monkeypatch.setattr(litertjs, "user_cache_path", lambda name: tmp_path / "cache" / name)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()

    def fetching(program):
        npm = tmp_path / "bin" / "npm"
        npm.write_text(f"#!{sys.executable}\nimport shutil, sys\n{program}")
        npm.chmod(0o755)

    return fetching


def hearing(source, pairs):
    return dataclasses.replace(source("gan", True), root=pairs)


def test_the_folder_is_whole(source, pairs, archives, tmp_path):
    out = tmp_path / "out"

    told = writing.export(hearing(source, pairs), out, ("web",), silent)

    folder = out / "web"
    card = json.loads((folder / "card.json").read_text())
    expected = {
        *(path.name for path in PAGE.iterdir()),
        *(f"litert/{name}" for p in litertjs.PACKAGES for name in p.files.values()),
        *("litert/NOTICE.txt", "card.json", "files.js", "schema.json", "tracks.f32", card["file"]),
    }
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert found == expected
    assert {file["path"] for file in told["web"]["files"]} == {f"web/{name}" for name in found}
    assert {p.name for p in out.iterdir()} == {"web", "manifest.json", ".lock"}
    kept = json.loads((folder / "files.js").read_text().partition("FILES = ")[2].rstrip(";\n"))
    assert set(kept) == {"./"} | found - {"files.js"}
    offered = set(told["web"]["signatures"])
    assert offered == {"sample_1", "sample_4", "sample_audio_1", "sample_audio_4"}
    assert {record["signature"] for record in told["web"]["parity"]["float32"]} == offered


def test_what_the_page_names_is_there(source, pairs, archives, tmp_path):
    writing.export(hearing(source, pairs), tmp_path / "out", ("web",), silent)

    folder = tmp_path / "out" / "web"
    text = (folder / "index.html").read_text()
    named = [*re.findall(r'(?:src|href)="([^"]+)"', text), *re.findall(r'"(\./[^"]+)"', text)]
    for script in folder.glob("*.js"):
        named += re.findall(
            r'(?:from|register\(|importScripts\()\s*"(\.?/?[\w./-]+)"', script.read_text()
        )
    assert len(named) > 8
    assert [name for name in named if not (folder / name).is_file()] == []
    for file in folder.glob("*.*s"):
        assert "https://" not in file.read_text(), f"{file.name} asks another server"


def test_the_card_and_its_tracks(source, pairs, archives, tmp_path):
    exported = hearing(source, pairs)
    writing.export(exported, tmp_path / "out", ("web",), silent)

    folder = tmp_path / "out" / "web"
    card = json.loads((folder / "card.json").read_text())
    model = exported.model
    assert (card["image_size"], card["latent_dim"]) == (model.image_size, model.latent_dim)
    assert card["audio"] == {"width": 1160, "strength": True}
    assert card["plain"]
    samples = {sample.name: sample for sample in read_split(pairs, "test", audio=True).samples}
    vectors = np.fromfile(folder / "tracks.f32", "<f4").reshape(-1, 1160)
    assert len(vectors) == len(card["tracks"]) == 6
    for track, vector in zip(card["tracks"], vectors, strict=True):
        sample = samples[track["name"]]
        np.testing.assert_array_equal(vector, load_vector(sample.audio))
        assert track["label"].startswith(sample.genre)
    document = json.loads((folder / "schema.json").read_text())
    assert tuple(row[0] for row in document["values"]) == schema.names()


def test_a_run_whose_data_is_elsewhere_offers_tracks_of_the_built_in_corpus(
    source, archives, tmp_path
):
    writing.export(source("gan", True), tmp_path / "out", ("web",), silent)

    card = json.loads((tmp_path / "out" / "web" / "card.json").read_text())
    vectors = np.fromfile(tmp_path / "out" / "web" / "tracks.f32", "<f4").reshape(-1, 1160)
    assert len(vectors) == len(card["tracks"]) == 12
    assert {track["label"] for track in card["tracks"]} >= {"jazz", "metal"}
    assert len({row.tobytes() for row in vectors}) == 12


def test_the_model_in_the_folder_only_paints(source, archives, tmp_path):
    exported = source("vae")

    writing.export(exported, tmp_path / "out", ("web",), silent)

    (file,) = (tmp_path / "out" / "web").glob("*.tflite")
    assert set(tflite.Interpreter(file.read_bytes()).signatures) == {"sample_1", "sample_4"}
    card = json.loads((file.parent / "card.json").read_text())
    assert "audio" not in card
    assert not (file.parent / "tracks.f32").exists()


def test_a_further_export_takes_the_folder_s_place(source, archives, tmp_path):
    exported, out = source("gan"), tmp_path / "out"
    writing.export(exported, out, ("web",), silent)
    version = (out / "web" / "files.js").read_text()
    (out / "web" / "left.txt").write_text("of an earlier export")

    writing.export(exported, out, ("web",), silent)
    told = writing.export(exported, out, ("tflite",), silent)

    assert not (out / "web" / "left.txt").exists()
    assert (out / "web" / "files.js").read_text() == version  # nothing changed, nothing to fetch
    assert "web" in told


def test_a_model_that_does_not_paint(source, archives, tmp_path):
    with pytest.raises(UserError, match="web: this model gives covers back and paints none"):
        writing.export(source("ae-resize"), tmp_path / "out", ("web",), silent)
    assert not (tmp_path / "out").exists()


def sample_of(genre, number):
    from coverzoo.corpus.layout import Sample

    return Sample(f"{genre}{number}", genre, Path(), None, None, None, 0, "png", (1, 1), (0, 0))


@pytest.mark.parametrize(
    ("genres", "each", "labels"),
    [
        (2, 5, [f"{genre} {n}" for genre in "ab" for n in (1, 2, 3, 4)]),
        (9, 3, list("abcdefghi")),
        (20, 2, list("abcdefghijkl")),
        (1, 3, ["a 1", "a 2", "a 3"]),
        (3, 3, ["a 1", "a 2", "a 3", "b 1", "b 2", "b 3", "c 1", "c 2"]),
    ],
)
def test_one_track_a_genre_and_more_where_there_are_few(genres, each, labels):
    names = "abcdefghijklmnopqrst"[:genres]
    samples = [sample_of(genre, number) for genre in names for number in range(each)]

    assert [track["label"] for track in web.labels(web.select_tracks(samples))] == labels


def test_npm_is_asked_once(fetching, archives, tmp_path):
    log = tmp_path / "asked"
    fetching(
        f"open({str(log)!r}, 'a').write(sys.argv[2] + '\\n')\n"
        "name = sys.argv[2].removeprefix('@').replace('/', '-').replace('@', '-') + '.tgz'\n"
        "folder = sys.argv[sys.argv.index('--pack-destination') + 1]\n"
        f"shutil.copy({str(archives)!r} + '/' + name, folder)\n"
    )

    litertjs.copy(tmp_path / "first")
    litertjs.copy(tmp_path / "second")

    assert log.read_text().split() == ["@litertjs/core@2.5.3", "@litertjs/wasm-utils@2.5.3"]
    assert (tmp_path / "second" / "core.js").read_text() == "dist/index.js"
    assert "Apache License" in (tmp_path / "second" / "NOTICE.txt").read_text()


def refusal(folder):
    with pytest.raises(UserError) as refused:
        litertjs.copy(folder)
    assert "\n" not in str(refused.value)
    assert not folder.exists()
    return str(refused.value)


def test_no_npm(fetching, tmp_path):
    line = refusal(tmp_path / "litert")

    assert line.startswith("web: npm fetches LiteRT.js, and there is none. Install Node.js, or set")
    assert f"{litertjs.VARIABLE} to a folder that holds litertjs-core-2.5.3.tgz and" in line


def test_npm_offline(fetching, tmp_path):
    fetching(
        "print('npm error network no route', 'npm error A complete log of this run', sep='\\n', "
        "file=sys.stderr); sys.exit(1)"
    )

    line = refusal(tmp_path / "litert")

    assert "could not fetch @litertjs/core@2.5.3 (npm error network no route)" in line
    assert "Try again online, or set" in line


def test_an_archive_that_is_not_the_one_published(archives, tmp_path):
    with (archives / litertjs.PACKAGES[1].archive).open("ab") as content:
        content.write(b"more")

    line = refusal(tmp_path / "litert")

    assert "is not @litertjs/wasm-utils 2.5.3 as published" in line


def test_a_bad_archive_is_not_kept(fetching, tmp_path):
    fetching(
        "import pathlib\n"
        "folder = sys.argv[sys.argv.index('--pack-destination') + 1]\n"
        "pathlib.Path(folder, 'litertjs-core-2.5.3.tgz').write_text('changed on the way')\n"
    )

    assert "It was deleted; try again" in refusal(tmp_path / "litert")
    assert list((tmp_path / "cache").rglob("*.tgz")) == []


def test_a_folder_without_the_archives(archives, monkeypatch, tmp_path):
    monkeypatch.setenv(litertjs.VARIABLE, str(tmp_path))

    line = refusal(tmp_path / "litert")

    assert line == (
        f"{tmp_path / 'litertjs-core-2.5.3.tgz'}: not there, "
        f"and {litertjs.VARIABLE} names its folder"
    )
