"""`--format web`: a complete folder, and errors of one line."""

import base64
import dataclasses
import hashlib
import io
import json
import re
import sys
import tarfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from coverzoo.corpus import schema
from coverzoo.corpus.layout import read_split
from coverzoo.corpus.vectors import load_vector
from coverzoo.errors import UserError
from coverzoo.export import litertjs, tflite, web
from coverzoo.export.exporter import write_artefacts

PAGE = Path(web.__file__).with_name("page")


def archive_of(package):
    """An archive like the one on npm, in which each file holds its own name."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as content:
        for name in package.files:
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(name)
            content.addfile(entry, io.BytesIO(name.encode()))
    return packed.getvalue()


def use_small_archives(monkeypatch, folder):
    """Put small archives in the place of LiteRT.js, so that no network is used."""
    folder.mkdir()
    made = []
    for package in litertjs.PACKAGES:
        content = archive_of(package)
        (folder / package.archive).write_bytes(content)
        digest = base64.b64encode(hashlib.sha512(content).digest()).decode()
        made.append(dataclasses.replace(package, integrity=digest))
    monkeypatch.setattr(litertjs, "PACKAGES", tuple(made))
    monkeypatch.setenv(litertjs.FOLDER_VARIABLE, str(folder))


@pytest.fixture
def archives(monkeypatch, tmp_path):
    """A folder of small archives in place of LiteRT.js."""
    folder = tmp_path / "archives"
    use_small_archives(monkeypatch, folder)
    return folder


@pytest.fixture
def fake_npm(archives, monkeypatch, tmp_path):
    """Put a program in the place of npm, with an empty cache and no folder of archives."""
    monkeypatch.delenv(litertjs.FOLDER_VARIABLE)
    monkeypatch.setattr(litertjs, "user_cache_path", lambda name: tmp_path / "cache" / name)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()

    def fake_npm(program):
        npm = tmp_path / "bin" / "npm"
        npm.write_text(f"#!{sys.executable}\nimport shutil, sys\n{program}")
        npm.chmod(0o755)

    return fake_npm


@pytest.fixture(scope="module")
def page(source, pairs, tmp_path_factory):
    """A model with audio exported for the web, and what the export returned; read-only."""
    out = tmp_path_factory.mktemp("page") / "out"
    exported = dataclasses.replace(source("gan", True), root=pairs)
    with pytest.MonkeyPatch.context() as monkeypatch:
        use_small_archives(monkeypatch, out.with_name("archives"))
        manifest = write_artefacts(exported, out, ("web",))
    return SimpleNamespace(model=exported.model, out=out, manifest=manifest)


def test_the_folder_is_complete(page):
    out, manifest, folder = page.out, page.manifest, page.out / "web"

    metadata = json.loads((folder / "card.json").read_text())
    expected = {
        *(path.name for path in PAGE.iterdir()),
        *(f"litert/{name}" for p in litertjs.PACKAGES for name in p.files.values()),
        *(
            "litert/NOTICE.txt",
            "card.json",
            "files.js",
            "schema.json",
            "tracks.f32",
            metadata["file"],
        ),
    }
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert found == expected
    assert {file["path"] for file in manifest["web"]["files"]} == {f"web/{name}" for name in found}
    assert {p.name for p in out.iterdir()} == {"web", "manifest.json", ".lock"}
    cached = json.loads((folder / "files.js").read_text().partition("FILES = ")[2].rstrip(";\n"))
    assert set(cached) == {"./"} | found - {"files.js"}
    offered = set(manifest["web"]["signatures"])
    assert offered == {"sample_1", "sample_4", "sample_audio_1", "sample_audio_4"}
    assert {record["signature"] for record in manifest["web"]["parity"]["float32"]} == offered


def test_every_file_that_the_page_refers_to_exists(page):
    folder = page.out / "web"

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


def test_the_metadata_describes_the_model_and_the_tracks(page, pairs):
    folder, model = page.out / "web", page.model

    metadata = json.loads((folder / "card.json").read_text())
    assert (metadata["image_size"], metadata["latent_dim"]) == (model.image_size, model.latent_dim)
    assert metadata["audio"] == {"width": 1160, "strength": True}
    assert metadata["plain"]
    samples = {sample.name: sample for sample in read_split(pairs, "test", audio=True).samples}
    vectors = np.fromfile(folder / "tracks.f32", "<f4").reshape(-1, 1160)
    assert len(vectors) == len(metadata["tracks"]) == 6
    for track, vector in zip(metadata["tracks"], vectors, strict=True):
        sample = samples[track["name"]]
        np.testing.assert_array_equal(vector, load_vector(sample.audio))
        assert track["label"].startswith(sample.genre)
    document = json.loads((folder / "schema.json").read_text())
    assert tuple(row[0] for row in document["values"]) == schema.names()


def test_a_run_without_data_offers_tracks_of_the_built_in_corpus(source, archives, tmp_path):
    write_artefacts(source("gan", True), tmp_path / "out", ("web",))

    metadata = json.loads((tmp_path / "out" / "web" / "card.json").read_text())
    vectors = np.fromfile(tmp_path / "out" / "web" / "tracks.f32", "<f4").reshape(-1, 1160)
    assert len(vectors) == len(metadata["tracks"]) == 10
    assert {track["label"] for track in metadata["tracks"]} >= {"jazz", "metal"}
    assert len({row.tobytes() for row in vectors}) == 10


def test_the_model_in_the_folder_only_generates(source, archives, tmp_path):
    exported = source("vae")

    write_artefacts(exported, tmp_path / "out", ("web",))

    (file,) = (tmp_path / "out" / "web").glob("*.tflite")
    assert set(tflite.Interpreter(file.read_bytes()).signatures) == {"sample_1", "sample_4"}
    metadata = json.loads((file.parent / "card.json").read_text())
    assert "audio" not in metadata
    assert not (file.parent / "tracks.f32").exists()


def test_a_later_export_replaces_the_folder(source, archives, tmp_path):
    exported, out = source("gan"), tmp_path / "out"
    write_artefacts(exported, out, ("web",))
    version = (out / "web" / "files.js").read_text()
    (out / "web" / "left.txt").write_text("of an earlier export")

    write_artefacts(exported, out, ("web",))
    manifest = write_artefacts(exported, out, ("tflite",))

    assert not (out / "web" / "left.txt").exists()
    # Nothing changed, so browsers download nothing again.
    assert (out / "web" / "files.js").read_text() == version
    assert "web" in manifest


def test_a_model_that_does_not_generate_is_refused(source, archives, tmp_path):
    with pytest.raises(UserError, match="web: this model reconstructs covers and generates none"):
        write_artefacts(source("ae-resize"), tmp_path / "out", ("web",))
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
def test_one_track_per_genre_and_more_where_there_are_few(genres, each, labels):
    names = "abcdefghijklmnopqrst"[:genres]
    samples = [sample_of(genre, number) for genre in names for number in range(each)]

    assert [track["label"] for track in web.labels(web.select_tracks(samples))] == labels


def test_npm_downloads_each_package_once(fake_npm, archives, tmp_path):
    log = tmp_path / "requested"
    fake_npm(
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


def error_of(folder):
    with pytest.raises(UserError) as refused:
        litertjs.copy(folder)
    assert "\n" not in str(refused.value)
    assert not folder.exists()
    return str(refused.value)


def test_missing_npm_is_an_error_with_a_remedy(fake_npm, tmp_path):
    line = error_of(tmp_path / "litert")

    assert line.startswith(
        "web: LiteRT.js is downloaded by npm, which is missing. Install Node.js, or set"
    )
    assert f"{litertjs.FOLDER_VARIABLE} to a folder that holds litertjs-core-2.5.3.tgz and" in line


def test_an_error_of_npm_is_reported(fake_npm, tmp_path):
    fake_npm(
        "print('npm error network no route', 'npm error A complete log of this run', sep='\\n', "
        "file=sys.stderr); sys.exit(1)"
    )

    line = error_of(tmp_path / "litert")

    assert "could not download @litertjs/core@2.5.3 (npm error network no route)" in line
    assert "Try again online, or set" in line


def test_an_archive_that_differs_from_the_published_one_is_refused(archives, tmp_path):
    with (archives / litertjs.PACKAGES[1].archive).open("ab") as content:
        content.write(b"more")

    line = error_of(tmp_path / "litert")

    assert "is not @litertjs/wasm-utils 2.5.3 as published" in line


def test_a_damaged_download_is_deleted(fake_npm, tmp_path):
    fake_npm(
        "import pathlib\n"
        "folder = sys.argv[sys.argv.index('--pack-destination') + 1]\n"
        "pathlib.Path(folder, 'litertjs-core-2.5.3.tgz').write_text('changed on the way')\n"
    )

    assert "It was deleted; try again" in error_of(tmp_path / "litert")
    assert list((tmp_path / "cache").rglob("*.tgz")) == []


def test_a_folder_without_the_archives_is_refused(archives, monkeypatch, tmp_path):
    monkeypatch.setenv(litertjs.FOLDER_VARIABLE, str(tmp_path))

    line = error_of(tmp_path / "litert")

    assert line == (
        f"{tmp_path / 'litertjs-core-2.5.3.tgz'}: not found in the folder that "
        f"{litertjs.FOLDER_VARIABLE} names"
    )
