"""The corpus on disk: written aside by several processes, then moved into place."""

import contextlib
import csv
import json
import multiprocessing
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import NamedTuple

import numpy as np

from coverzoo.corpus.procedural import audio, covers, facts
from coverzoo.errors import UserError

VERSION = 1  # of the drawing: raised when the same seed gives other files
SIZES = (32, 64, 128, 256)
# Enough to train on that a model learns the music and not the tracks: from a third of them, covers
# for train audio showed its genre as well, those for test audio far less often.
TRAIN, VAL, TEST = 16_000, 360, 360
PAIRS, FACTS, SETTINGS = "audio-cover_dataset", "facts.csv", "procedural.json"
UNFINISHED = ".unfinished-"
COLUMNS = (
    *("name", "split", "genre", "artist", "source"),
    *("tempo", "energy", "brightness", "mode"),
)

Row = tuple[str, ...]

_CHUNK = 32  # samples a task
_ALONE = 128  # below as many samples further processes cost more than they bring


class _Task(NamedTuple):
    root: Path
    seed: int
    split: str
    start: int
    stop: int
    size: int


def synthesize(
    root: Path,
    *,
    seed: int = 0,
    train: int = TRAIN,
    val: int = VAL,
    test: int = TEST,
    size: int = 128,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write the procedural corpus to a new or empty folder.

    It has pairs of covers and audio vectors under `audio-cover_dataset`, the hidden facts in
    `facts.csv` and its settings in `procedural.json`. The pairs are written aside and renamed
    at last, so what an interrupted call leaves is never taken for a corpus. A folder that
    holds this very corpus already is left as it is. A sample depends on the seed, its split
    and its place there only, so a larger corpus contains the smaller ones of its seed.

    With more than one worker the calling script needs the usual `if __name__ == "__main__":`.

    Args:
        root: Folder of the corpus.
        seed: Not negative; equal seeds give equal bytes, whatever the number of workers.
        train: Pairs to train on.
        val: Pairs to validate on.
        test: Pairs to test on.
        size: Side of the covers: 32, 64, 128 or 256.
        workers: Processes; by default one a core, and one alone for a small corpus.
        progress: Called with the number of samples written since its last call.

    Raises:
        UserError: If a setting is out of range or the folder is not usable.
    """
    counts = {"train": train, "val": val, "test": test}
    _check(seed, counts, size, workers)
    settings = {"version": VERSION, "seed": seed, **counts, "size": size}
    root = Path(root)
    try:
        if _is_whole(root, settings):
            return
        root.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=root))
    except OSError as error:
        raise UserError(f"{root}: {error.strerror}; give a folder that can be written") from error
    try:
        _write(aside, seed, counts, size, workers, progress)
        (aside / SETTINGS).write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
        # The pairs last and at once: with them the corpus is there.
        for part in (FACTS, SETTINGS, PAIRS):
            os.rename(aside / part, root / part)
    except OSError as error:
        # Another process may have written the same corpus meanwhile, which is as good.
        if not _is_whole(root, settings):
            raise UserError(f"{root}: {error.strerror}; the corpus was not written") from error
    except BrokenProcessPool as error:
        raise UserError(
            "a process that draws the corpus died, for want of memory or for a script without "
            '`if __name__ == "__main__":`; try --workers 1'
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    for leftover in root.glob(UNFINISHED + "*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _check(seed: int, counts: dict[str, int], size: int, workers: int | None) -> None:
    if seed < 0:
        raise UserError(f"--seed must not be negative. Received: {seed}")
    for split, count in counts.items():
        if count < 0:
            raise UserError(f"--{split} must not be negative. Received: {count}")
    if not sum(counts.values()):
        raise UserError("--train, --val and --test are all 0; ask for a sample at least")
    if size not in SIZES:
        raise UserError(f"--size must be one of 32, 64, 128, 256. Received: {size}")
    if workers is not None and workers < 1:
        raise UserError(f"--workers must be at least 1. Received: {workers}")


def _is_whole(root: Path, settings: dict[str, int]) -> bool:
    """Whether the folder holds this corpus; if not it must be free to take it."""
    if not root.exists():
        return False
    if not root.is_dir():
        raise UserError(f"{root} is a file; give a folder to write the corpus to")
    held = {path.name for path in root.iterdir() if not path.name.startswith(UNFINISHED)}
    if PAIRS in held and SETTINGS in held:
        with contextlib.suppress(ValueError):
            if json.loads((root / SETTINGS).read_text(encoding="utf-8")) == settings:
                return True
        raise UserError(
            f"{root} holds a corpus of other settings; delete it or give another folder"
        )
    # Facts and settings without pairs are what an interrupted move leaves: they are replaced.
    if held - {FACTS, SETTINGS}:
        raise UserError(f"{root} is not empty; give a new folder")
    return False


def _write(
    aside: Path,
    seed: int,
    counts: dict[str, int],
    size: int,
    workers: int | None,
    progress: Callable[[int], None] | None,
) -> None:
    for split, count in counts.items():
        for part in ("cover", "audio"):
            for genre in facts.GENRES[:count]:
                (aside / PAIRS / part / split / genre.name).mkdir(parents=True)
            (aside / PAIRS / part / split).mkdir(parents=True, exist_ok=True)
    tasks = [
        _Task(aside, seed, split, start, min(start + _CHUNK, count), size)
        for split, count in counts.items()
        for start in range(0, count, _CHUNK)
    ]
    if workers is None:
        workers = 1 if sum(counts.values()) < _ALONE else _cores()
    with open(aside / FACTS, "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        for rows in _done(tasks, workers):
            table.writerows(rows)
            if progress:
                progress(len(rows))


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _done(tasks: list[_Task], workers: int) -> Iterator[list[Row]]:
    """The rows of each task, in order."""
    if workers == 1:
        yield from map(_samples, tasks)
        return
    # Spawned, for the caller may run threads (TensorFlow's) that a fork would break.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(workers, len(tasks)), context, _worker)
    try:
        yield from pool.map(_samples, tasks)
    finally:
        pool.shutdown(cancel_futures=True)


def _worker() -> None:
    """Make a worker leave Ctrl-C to its parent, and not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _samples(task: _Task) -> list[Row]:
    """Write the files of one task and give their rows of the table of facts."""
    rows: list[Row] = []
    pairs = task.root / PAIRS
    for index in range(task.start, task.stop):
        track = facts.track(task.seed, task.split, index)
        place = Path(task.split, track.genre.name)
        cover = covers.jpeg(covers.draw(track, task.size))
        (pairs / "cover" / place / f"{track.name}.jpg").write_bytes(cover)
        np.save(pairs / "audio" / place / f"{track.name}.npy", audio.vector(track))
        rows.append(
            (
                track.name,
                track.split,
                track.genre.name,
                track.artist.mbid,
                track.source,
                f"{track.tempo:.2f}",
                f"{track.energy:.4f}",
                f"{track.brightness:.4f}",
                track.mode,
            )
        )
    return rows
