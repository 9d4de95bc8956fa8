"""Which files of a folder make up a split, by their names alone."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from coverzoo.corpus.names import group_of
from coverzoo.errors import UserError

SPLITS = ("train", "val", "test")

COVERS = "cover_dataset"
PAIRS = "audio-cover_dataset"

_JPEG = frozenset({".jpg", ".jpeg"})
_IMAGE = _JPEG | {".png"}
_VECTOR = frozenset({".npy"})
_IGNORED = frozenset({"thumbs.db", "desktop.ini"})  # left in folders by file managers

_COVERS_REMEDY = f"--data ROOT must hold {COVERS}/{{train,val,test}}/GENRE/NAME.jpg"
_PAIRS_REMEDY = (
    f"--audio needs --data ROOT with {PAIRS}/cover/{{train,val,test}}/GENRE/NAME.jpg "
    f"and {PAIRS}/audio/{{train,val,test}}/GENRE/NAME.npy"
)
_ANY_REMEDY = (
    f"--data ROOT must hold {COVERS}/{{train,val,test}}/GENRE/NAME.jpg, "
    f"{PAIRS}/{{cover,audio}}/{{train,val,test}}/GENRE/NAME.{{jpg,npy}}, or images"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Files that may be a sample, not yet opened."""

    name: str
    genre: str | None
    image: Path
    audio: Path | None = None


@dataclass(slots=True)
class Found:
    """Candidates of a split, sorted by genre and name; what their names rule out already.

    `folder` is the folder that was searched, `remedy` the advice if it has none.
    """

    folder: Path
    remedy: str
    candidates: list[Candidate] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)


def find_candidates(root: Path, split: str, *, audio: bool) -> Found:
    """Match the files of a split by genre and NAME.

    Raises:
        UserError: The folder is missing, cannot be read or has no known layout.
    """
    try:
        if not root.is_dir():
            state = "is not a folder" if root.exists() else "does not exist"
            remedy = _PAIRS_REMEDY if audio else _ANY_REMEDY
            raise UserError(f"{root} {state}; {_hint(root) or remedy}")
        if audio:
            return _pairs(root, split)
        if (root / COVERS).is_dir():
            return _covers(root, root / COVERS / split, _COVERS_REMEDY)
        if (root / PAIRS).is_dir():
            return _covers(root, root / PAIRS / "cover" / split, _ANY_REMEDY)
        return _flat(root, split)
    except PermissionError as error:
        raise UserError(f"{error.filename}: cannot be read: {error.strerror}") from error


def _pairs(root: Path, split: str) -> Found:
    """Covers and vectors of one genre and NAME; whichever stands alone is rejected."""
    folders = {kind: root / PAIRS / kind / split for kind in ("cover", "audio")}
    for folder in folders.values():
        if not folder.is_dir():
            raise UserError(f"{folder} does not exist; {_hint(root) or _PAIRS_REMEDY}")
    found = Found(folders["cover"], _PAIRS_REMEDY)
    covers = _by_genre(found, root, folders["cover"], _JPEG)
    vectors = _by_genre(found, root, folders["audio"], _VECTOR)
    for genre, name in sorted(covers.keys() | vectors.keys()):
        cover, vector = covers.get((genre, name)), vectors.get((genre, name))
        if cover is not None and vector is not None:
            found.candidates.append(Candidate(name, genre, cover, vector))
        elif cover is not None:
            found.rejected.append((_below(root, cover), "cover without its vector"))
        elif vector is not None:
            found.rejected.append((_below(root, vector), "vector without its cover"))
    return found


def _covers(root: Path, folder: Path, remedy: str) -> Found:
    """Covers in genre folders."""
    if not folder.is_dir():
        raise UserError(f"{folder} does not exist; {remedy}")
    found = Found(folder, remedy)
    covers = _by_genre(found, root, folder, _JPEG)
    found.candidates = [
        Candidate(name, genre, covers[genre, name]) for genre, name in sorted(covers)
    ]
    return found


def _flat(root: Path, split: str) -> Found:
    """Images that lie in the root itself, of which a hash of the group picks the split's."""
    found = Found(root, f"a flat folder is split by a hash of the names; {_ANY_REMEDY}")
    files = {}
    for entry in _entries(root):
        if Path(entry.name).suffix.lower() in _IMAGE:
            files[entry.name] = entry
    if not files:
        raise UserError(f"{root} holds no covers; {_hint(root) or _ANY_REMEDY}")
    named = _named(
        found, root, (files[key] for key in sorted(files) if _split_of(key) == split), _IMAGE
    )
    found.candidates = [Candidate(name, None, named[name]) for name in sorted(named)]
    return found


def _split_of(name: str) -> str:
    """The split of an image in a flat folder: 80 % train, 10 % val, 10 % test of the groups."""
    place = group_of(name) % 10
    return "train" if place < 8 else SPLITS[place - 7]


def _by_genre(
    found: Found, root: Path, folder: Path, suffixes: frozenset[str]
) -> dict[tuple[str, str], Path]:
    """Files below folder/GENRE by genre and NAME; files of other kinds are rejected."""
    files = {}
    for entry in _entries(folder):
        if entry.is_dir():
            named = _named(found, root, _entries(Path(entry.path)), suffixes)
            files.update({(entry.name, name): path for name, path in named.items()})
        else:
            found.rejected.append((_below(root, Path(entry.path)), "not in a genre folder"))
    return files


def _named(
    found: Found, root: Path, entries: Iterator[os.DirEntry[str]], suffixes: frozenset[str]
) -> dict[str, Path]:
    """Files of one folder by NAME."""
    files: dict[str, Path] = {}
    for entry in entries:
        path = Path(entry.path)
        if path.suffix.lower() not in suffixes:
            reason = f"not a {' or '.join(sorted(suffixes))} file"
        elif entry.is_dir():
            reason = "a folder, not a file"
        elif path.stem in files:
            reason = f"has the NAME of {files[path.stem].name}"
        else:
            files[path.stem] = path
            continue
        found.rejected.append((_below(root, path), reason))
    return files


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """What a folder holds, sorted by name, without hidden files."""
    with os.scandir(folder) as entries:
        listed = sorted(entries, key=lambda entry: entry.name)
    for entry in listed:
        if not entry.name.startswith(".") and entry.name.lower() not in _IGNORED:
            yield entry


def _below(root: Path, path: Path) -> str:
    """The path below the root, with forward slashes."""
    return path.relative_to(root).as_posix()


def _hint(root: Path) -> str | None:
    """What to say to a user who named a folder within the layout instead of its root."""
    for folder in (root, *root.parents):
        if folder.name in (COVERS, PAIRS):
            return f"give the folder that holds {folder.name}: --data {folder.parent}"
    return None
