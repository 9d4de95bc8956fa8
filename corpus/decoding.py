"""Decoding of music that Essentia's MusicExtractor does not open, and a check before it tries."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

MAX_CHANNELS = 2

_HEAD_BYTES = 64  # of a file, in which an Ogg stream names its codec

_OPEN = """
import sys
from essentia import _essentia
_essentia.Algorithm("AudioLoader").__configure__(filename=sys.argv[1])
"""


def check_opens(path: Path) -> None:
    """Open a file with Essentia's decoder, FFmpeg, in a process of its own.

    A codec that Essentia was built without ends the process: it frees memory that it never
    allocated.

    Args:
        path: Music file.

    Raises:
        ValueError: If the decoder finds no music in it.
    """
    command = [sys.executable, "-P", "-c", _OPEN, str(path.absolute())]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        raise ValueError(f"{path}: cannot be opened")


def needs_soundfile(path: Path) -> bool:
    """Whether a file is Opus in Ogg, or Apple's CAF, which Essentia has no decoder for.

    Args:
        path: Music file.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    return head.startswith(b"caff") or (head.startswith(b"OggS") and b"OpusHead" in head)


@contextmanager
def decoded(path: Path, standard: Any) -> Iterator[Path]:
    """Yield a .wav file of 32-bit floats of a music file; it is removed at the end of the block.

    Args:
        path: Music file that `check_opens` accepts, or for which `needs_soundfile` is true.
        standard: Essentia's algorithms, the module `essentia.standard`.

    Raises:
        ValueError: If no music of one or two channels can be decoded from the file.
        ImportError: If soundfile is not installed.
    """
    import soundfile

    try:
        if needs_soundfile(path):
            sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
        else:
            sound, rate = _by_essentia(path, standard)
    except (RuntimeError, soundfile.SoundFileError) as error:
        raise ValueError(f"{path}: {error}") from error
    if not len(sound) or sound.shape[1] > MAX_CHANNELS:
        raise ValueError(f"{path}: {len(sound)} samples of {sound.shape[1]} channels")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "decoded.wav"
        soundfile.write(file, sound, rate, subtype="FLOAT")
        yield file


def _by_essentia(path: Path, standard: Any) -> tuple[np.ndarray, int]:
    """The samples (N, channels) and the sample rate in Hz."""
    sound, rate, channels, *_ = standard.AudioLoader(filename=str(path.absolute()))()
    return sound[:, :channels], round(rate)
