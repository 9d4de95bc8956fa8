"""Selection of the files of a split by their names alone."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from coverzoo.corpus.names import group_of
from coverzoo.errors import UserError

SPLITS = ("train", "val", "test")

COVERS_FOLDER = "cover_dataset"
PAIRS_FOLDER = "audio-cover_dataset"

_JPEG_SUFFIXES = frozenset({".jpg", ".jpeg"})
_IMAGE_SUFFIXES = _JPEG_SUFFIXES | {".png"}
_VECTOR_SUFFIXES = frozenset({".npy"})
_IGNORED_NAMES = frozenset({"thumbs.db", "desktop.ini"})  # written by file managers

_COVERS_REMEDY = f"--data ROOT must hold {COVERS_FOLDER}/{{train,val,test}}/GENRE/NAME.jpg"
_PAIRS_REMEDY = (
    f"--audio needs --data ROOT with {PAIRS_FOLDER}/cover/{{train,val,test}}/GENRE/NAME.jpg "
    f"and {PAIRS_FOLDER}/audio/{{train,val,test}}/GENRE/NAME.npy"
)
_ANY_REMEDY = (
    f"--data ROOT must hold {COVERS_FOLDER}/{{train,val,test}}/GENRE/NAME.jpg, "
    f"{PAIRS_FOLDER}/{{cover,audio}}/{{train,val,test}}/GENRE/NAME.{{jpg,npy}}, or images"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Files that may form a sample, not yet opened.

    Attributes:
        name: NAME, the file's name without its suffix.
        genre: Name of the genre folder; None in a flat folder of images.
        image: File of the cover.
        audio: File of the vector, or None.
    """

    name: str
    genre: str | None
    image: Path
    audio: Path | None = None


@dataclass(slots=True)
class Found:
    """Result of the search for a split's files.

    Attributes:
        folder: Folder that was searched.
        remedy: Advice for an error message if no candidate is usable.
        candidates: Candidates, sorted by genre and name.
        rejected: Path below the root and reason of each file that its name rules out.
    """

    folder: Path
    remedy: str
    candidates: list[Candidate] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)


class MissingFolder(UserError):
    """A split has no folder."""


def find_candidates(root: Path, split: str, *, audio: bool) -> Found:
    """Match the files of a split by genre and NAME.

    Args:
        root: Folder of the data.
        split: Name of the split: `train`, `val` or `test`.
        audio: Whether each cover needs its audio vector.

    Raises:
        MissingFolder: If the split has no folder.
        UserError: If the root is missing, a folder cannot be read or the layout is not known.
    """
    try:
        if not root.is_dir():
            state = "is not a folder" if root.exists() else "does not exist"
            remedy = _PAIRS_REMEDY if audio else _ANY_REMEDY
            raise UserError(f"{root} {state}; {_hint(root) or remedy}")
        if audio:
            return _pairs(root, split)
        if (root / COVERS_FOLDER).is_dir():
            return _covers(root, root / COVERS_FOLDER / split, _COVERS_REMEDY)
        if (root / PAIRS_FOLDER).is_dir():
            return _covers(root, root / PAIRS_FOLDER / "cover" / split, _ANY_REMEDY)
        return _flat(root, split)
    except PermissionError as error:
        raise UserError(f"{error.filename}: cannot be read: {error.strerror}") from error


def _pairs(root: Path, split: str) -> Found:
    """Return pairs of equal genre and NAME; a cover or vector without its partner is rejected."""
    folders = {kind: root / PAIRS_FOLDER / kind / split for kind in ("cover", "audio")}
    for folder in folders.values():
        if not folder.is_dir():
            raise MissingFolder(f"{folder} does not exist; {_hint(root) or _PAIRS_REMEDY}")
    found = Found(folders["cover"], _PAIRS_REMEDY)
    covers = _by_genre(found, root, folders["cover"], _JPEG_SUFFIXES)
    vectors = _by_genre(found, root, folders["audio"], _VECTOR_SUFFIXES)
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
    """Return the covers in genre folders."""
    if not folder.is_dir():
        raise MissingFolder(f"{folder} does not exist; {remedy}")
    found = Found(folder, remedy)
    covers = _by_genre(found, root, folder, _JPEG_SUFFIXES)
    found.candidates = [
        Candidate(name, genre, covers[genre, name]) for genre, name in sorted(covers)
    ]
    return found


def _flat(root: Path, split: str) -> Found:
    """Return the images of a split that lie in the root itself; a hash of the group decides."""
    found = Found(root, f"a flat folder is split by a hash of the names; {_ANY_REMEDY}")
    files = {}
    for entry in _entries(root):
        if Path(entry.name).suffix.lower() in _IMAGE_SUFFIXES:
            files[entry.name] = entry
    if not files:
        raise UserError(f"{root} holds no covers; {_hint(root) or _ANY_REMEDY}")
    of_split = (files[key] for key in sorted(files) if _split_of(key) == split)
    named = _named(found, root, of_split, _IMAGE_SUFFIXES)
    found.candidates = [Candidate(name, None, named[name]) for name in sorted(named)]
    return found


def _split_of(name: str) -> str:
    """Return the split of an image in a flat folder: 80 % of groups train, 10 % val, 10 % test."""
    place = group_of(name) % 10
    return "train" if place < 8 else SPLITS[place - 7]


def _by_genre(
    found: Found, root: Path, folder: Path, suffixes: frozenset[str]
) -> dict[tuple[str, str], Path]:
    """Return files below folder/GENRE by genre and NAME; files of other kinds are rejected."""
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
    """Return the files of one folder by NAME; files of other kinds are rejected."""
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
    """Yield the entries of a folder, sorted by name, without hidden files."""
    with os.scandir(folder) as entries:
        listed = sorted(entries, key=lambda entry: entry.name)
    for entry in listed:
        if not entry.name.startswith(".") and entry.name.lower() not in _IGNORED_NAMES:
            yield entry


def _below(root: Path, path: Path) -> str:
    """Return the path relative to the root, with forward slashes."""
    return path.relative_to(root).as_posix()


def _hint(root: Path) -> str | None:
    """Return the advice for a folder within the layout that was given instead of its root."""
    for folder in (root, *root.parents):
        if folder.name in (COVERS_FOLDER, PAIRS_FOLDER):
            return f"give the folder that holds {folder.name}: --data {folder.parent}"
    return None
