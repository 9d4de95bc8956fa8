"""Fits the statistical model of audio vectors, which the built-in corpus draws its tracks from.

CLIPS is a folder of music of known genres: GENRE.NAME.SUFFIX, or GENRE/NAME.SUFFIX. Each clip is
measured as a whole, and its first and last 10 seconds. Measured vectors are kept in `--cache`, so
that a second call measures only new clips. The result holds statistics over all clips and no
vector of any of them. Needs the extra `audio`.

    python benchmarks/fit_audio_model.py CLIPS --cache CACHE --out corpus/audio_model/parameters.npz

With `--leave-out PATTERN`, clips whose GENRE.NAME matches it are not used; real_clips.py measures
a model on them alone.
"""

from concurrent.futures import ProcessPoolExecutor
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
from tqdm import tqdm

from coverzoo.command import Command
from coverzoo.errors import UserError

WINDOW_SECONDS = 10.0


class Measured(NamedTuple):
    """Vectors of recordings and of windows of them.

    Attributes:
        vectors: First halves of audio vectors, (N, 580).
        seconds: Lengths, (N,).
        recordings: Name of the recording of each vector, (N,).
        genres: Genre of each vector, (N,).
    """

    vectors: np.ndarray
    seconds: np.ndarray
    recordings: np.ndarray
    genres: np.ndarray

    def matching(self, pattern: str) -> np.ndarray:
        """Whether the recording of each vector matches a shell pattern, (N,)."""
        return np.array([fnmatchcase(str(name), pattern) for name in self.recordings])

    def select(self, rows: np.ndarray) -> "Measured":
        """The vectors of some rows."""
        return Measured(*(values[rows] for values in self))


@click.command(cls=Command)
@click.argument("clips", type=click.Path(path_type=Path))
@click.option("--cache", required=True, type=click.Path(path_type=Path), help="Folder of vectors.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="File to write, .npz.")
@click.option("--leave-out", default="", help="Pattern of clips not to use, such as '*[4-7]'.")
@click.option("--workers", default=2, show_default=True, help="Number of processes.")
def main(clips: Path, cache: Path, out: Path, leave_out: str, workers: int) -> None:
    """Measure clips and fit the model."""
    from coverzoo.corpus.audio_model.fit import fit

    found = measured(clips, cache, workers)
    if leave_out:
        found = found.select(~found.matching(leave_out))
    model = fit(*found)
    model.save(out)
    click.echo(
        f"{out}: {len(np.unique(found.recordings))} recordings, {len(found.vectors)} vectors, "
        f"{len(model.genres)} genres, {out.stat().st_size / 2**20:.2f} MiB"
    )


def measured(clips: Path, cache: Path, workers: int = 2) -> Measured:
    """The vectors of all clips of a folder, from the cache where they are there.

    Args:
        clips: Folder of music, see above.
        cache: Folder of measured vectors.
        workers: Number of processes.
    """
    from coverzoo.corpus.music import SUFFIXES

    files = sorted(file for file in clips.rglob("*") if file.suffix.lower() in SUFFIXES)
    genres = {file: genre_of(file, clips) for file in files}
    files = [file for file in files if genres[file]]
    if not files:
        raise UserError(f"{clips}: no clips named GENRE.NAME.SUFFIX or GENRE/NAME.SUFFIX there")
    cache.mkdir(parents=True, exist_ok=True)
    stored = [cache / f"{genres[file]}.{file.stem.split('.')[-1]}.npz" for file in files]
    missing = [pair for pair in zip(files, stored, strict=True) if not pair[1].exists()]
    if missing:
        with ProcessPoolExecutor(workers) as pool:
            for _ in tqdm(pool.map(_measure, *zip(*missing, strict=True)), total=len(missing)):
                pass
    parts = [np.load(path) for path in stored]
    counts = [len(part["seconds"]) for part in parts]
    return Measured(
        np.concatenate([part["vectors"] for part in parts]).astype(np.float64),
        np.concatenate([part["seconds"] for part in parts]),
        np.repeat([path.stem for path in stored], counts),
        np.repeat([genres[file] for file in files], counts),
    )


def genre_of(file: Path, root: Path) -> str:
    """The genre by the folder of a clip, or by its name up to a point; "" if neither has one."""
    if file.parent != root:
        return file.parent.name
    genre, point, number = file.stem.partition(".")
    return genre if point and number.isdigit() else ""


def _measure(file: Path, stored: Path) -> None:
    from coverzoo.corpus.music import declared_seconds, load_music

    whole = declared_seconds(file)
    windows = [(0.0, whole)]
    if whole > 1.5 * WINDOW_SECONDS:
        windows += [(0.0, WINDOW_SECONDS), (whole - WINDOW_SECONDS, whole)]
    vectors = np.stack([load_music(file, start, end) for start, end in windows])
    seconds = np.array([end - start for start, end in windows])
    partial = stored.with_suffix(".partial.npz")
    np.savez(partial, vectors=vectors, seconds=seconds)
    partial.replace(stored)


if __name__ == "__main__":
    main()
