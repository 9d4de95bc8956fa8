"""Writing the corpus: several processes write to a temporary folder, which is then renamed."""

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

from coverzoo.corpus.audio_facts import audio_facts
from coverzoo.corpus.procedural import audio, covers, table, tracks
from coverzoo.corpus.procedural.genres import GENRES
from coverzoo.corpus.procedural.table import FACTS_FILE, Row
from coverzoo.errors import UserError

VERSION = 2  # increased when the files of a seed change
SIZES = (32, 64, 128, 256)
# Enough train pairs to generalize: with a third of them, covers generated from train audio showed
# its genre equally often, but those from test audio much less often.
TRAIN, VAL, TEST = 16_000, 360, 360
PAIRS_FOLDER, SETTINGS_FILE = "audio-cover_dataset", "procedural.json"
TEMPORARY_PREFIX = ".unfinished-"

_SAMPLES_PER_TASK = 32
_MIN_PARALLEL_SAMPLES = 128  # for fewer samples, starting processes takes longer than it saves


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

    The corpus consists of pairs of covers and audio vectors in `audio-cover_dataset`, the facts
    and free factors of its tracks in `facts.csv` and the settings in `procedural.json`. The pairs
    are written to a temporary folder and renamed at the end, so that an interrupted call leaves
    no incomplete corpus. A folder that already holds the same corpus is not changed. A sample
    depends only on the seed, its split and its index, so that a larger corpus contains the
    smaller ones of its seed.

    With more than one worker the calling script needs the usual `if __name__ == "__main__":`.

    Args:
        root: Folder of the corpus.
        seed: Seed, not negative; the files of equal seeds are equal for any number of workers.
        train: Number of train pairs.
        val: Number of val pairs.
        test: Number of test pairs.
        size: Side of the covers in pixels: 32, 64, 128 or 256.
        workers: Number of processes; by default one per core, and one for a small corpus.
        progress: Function that is called with the number of samples written since its last call.

    Raises:
        UserError: If an argument is out of range or the folder cannot be used.
    """
    counts = {"train": train, "val": val, "test": test}
    _check(seed, counts, size, workers)
    settings = {"version": VERSION, "seed": seed, **counts, "size": size}
    root = Path(root)
    try:
        if _is_complete(root, settings):
            return
        root.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=TEMPORARY_PREFIX, dir=root))
    except OSError as error:
        raise UserError(f"{root}: {error.strerror}; give a folder that can be written") from error
    try:
        _write(temporary, seed, counts, size, workers, progress)
        (temporary / SETTINGS_FILE).write_text(
            json.dumps(settings, indent=1) + "\n", encoding="utf-8"
        )
        # The pairs are renamed last, because their folder marks a complete corpus.
        for part in (FACTS_FILE, SETTINGS_FILE, PAIRS_FOLDER):
            os.rename(temporary / part, root / part)
    except OSError as error:
        # Another process may have written the same corpus in the meantime.
        if not _is_complete(root, settings):
            raise UserError(f"{root}: {error.strerror}; the corpus was not written") from error
    except BrokenProcessPool as error:
        raise UserError(
            "a process that generates the corpus died: the memory is full, or a script lacks "
            '`if __name__ == "__main__":`; try --workers 1'
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    for leftover in root.glob(TEMPORARY_PREFIX + "*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _check(seed: int, counts: dict[str, int], size: int, workers: int | None) -> None:
    if seed < 0:
        raise UserError(f"--seed must not be negative. Received: {seed}")
    for split, count in counts.items():
        if count < 0:
            raise UserError(f"--{split} must not be negative. Received: {count}")
    if not sum(counts.values()):
        raise UserError("--train, --val and --test are all 0; give 1 or more for one of them")
    if size not in SIZES:
        raise UserError(f"--size must be one of 32, 64, 128, 256. Received: {size}")
    if workers is not None and workers < 1:
        raise UserError(f"--workers must be at least 1. Received: {workers}")


def _is_complete(root: Path, settings: dict[str, int]) -> bool:
    """Whether the folder already holds this corpus.

    Raises:
        UserError: If it cannot take this corpus, because something else is there.
    """
    if not root.exists():
        return False
    if not root.is_dir():
        raise UserError(f"{root} is a file; give a folder to write the corpus to")
    names = {path.name for path in root.iterdir() if not path.name.startswith(TEMPORARY_PREFIX)}
    if PAIRS_FOLDER in names and SETTINGS_FILE in names:
        with contextlib.suppress(ValueError):
            if json.loads((root / SETTINGS_FILE).read_text(encoding="utf-8")) == settings:
                return True
        raise UserError(
            f"{root} holds a corpus of other settings; delete it or give another folder"
        )
    # Facts and settings without pairs come from an interrupted call: they are replaced.
    if names - {FACTS_FILE, SETTINGS_FILE}:
        raise UserError(f"{root} is not empty; give a new folder")
    return False


def _write(
    folder: Path,
    seed: int,
    counts: dict[str, int],
    size: int,
    workers: int | None,
    progress: Callable[[int], None] | None,
) -> None:
    for split, count in counts.items():
        for part in ("cover", "audio"):
            for genre in GENRES[:count]:
                (folder / PAIRS_FOLDER / part / split / genre.name).mkdir(parents=True)
            (folder / PAIRS_FOLDER / part / split).mkdir(parents=True, exist_ok=True)
    tasks = [
        _Task(folder, seed, split, start, min(start + _SAMPLES_PER_TASK, count), size)
        for split, count in counts.items()
        for start in range(0, count, _SAMPLES_PER_TASK)
    ]
    if workers is None:
        workers = 1 if sum(counts.values()) < _MIN_PARALLEL_SAMPLES else _cores()
    with open(folder / FACTS_FILE, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.COLUMNS)
        for rows in _rows_of_tasks(tasks, workers):
            writer.writerows(rows)
            if progress:
                progress(len(rows))


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _rows_of_tasks(tasks: list[_Task], workers: int) -> Iterator[list[Row]]:
    """Run the tasks and yield the rows of each one, in order."""
    if workers == 1:
        yield from map(_write_samples, tasks)
        return
    # Spawned, because the caller may run threads (TensorFlow's), which a fork would break.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(workers, len(tasks)), context, _start_worker)
    try:
        yield from pool.map(_write_samples, tasks)
    finally:
        pool.shutdown(cancel_futures=True)


def _start_worker() -> None:
    """Let a worker ignore Ctrl-C, which its parent handles, and end with its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _write_samples(task: _Task) -> list[Row]:
    """Write the files of one task and return its rows of the table of facts."""
    rows: list[Row] = []
    pairs = task.root / PAIRS_FOLDER
    group = [tracks.track(task.seed, task.split, index) for index in range(task.start, task.stop)]
    halves = audio.first_halves(group)
    for track, first, facts in zip(group, halves, audio_facts(halves), strict=True):
        place = Path(task.split, track.genre.name)
        pixels, free = covers.draw(track, facts, task.size)
        (pairs / "cover" / place / f"{track.name}.jpg").write_bytes(covers.jpeg(pixels))
        vector = audio.vector(track, first, facts)
        np.save(pairs / "audio" / place / f"{track.name}.npy", vector)
        rows.append(table.row(track, facts, free))
    return rows
