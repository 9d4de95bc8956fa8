"""Music files: the values of an AcousticBrainz document, measured by Essentia's MusicExtractor.

docs/explanation/features.md lists how the current extractor differs from AcousticBrainz's.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coverzoo.corpus import schema
from coverzoo.corpus.decoding import check_opens, decoded, needs_soundfile
from coverzoo.errors import UserError, install_command

SUFFIXES = (
    *(".aac", ".ac3", ".aif", ".aifc", ".aiff", ".ape", ".au", ".caf", ".flac", ".m4a", ".m4b"),
    *(".mka", ".mp2", ".mp3", ".mp4", ".mpc", ".oga", ".ogg", ".opus", ".tta", ".wav", ".wma"),
    ".wv",
)
"""Suffixes of the formats that are decoded; what a file contains decides how."""

MIN_SECONDS = 3.0
"""Shortest music that is accepted, in seconds.

Up to 2 s `average_loudness` is constant, and often no beat is found.
"""

MIN_DECODED_SHARE = 0.9
"""Share of a file's declared length that must decode; damaged parts are skipped silently."""

# Names in the documents of the outputs of BpmHistogramDescriptors, in their order.
PEAKS = tuple(
    f"bpm_histogram_{place}_peak_{kind}"
    for place in ("first", "second")
    for kind in ("bpm", "weight", "spread")
)
WHOLE = 1e6
"""The end of a music file, in seconds: MusicExtractor's default."""

_LOCATION_STATISTICS = ("max", "mean", "median", "min")
_SPREAD_STATISTICS = ("dmean", "dmean2", "dvar", "dvar2", "var")
_DURATION_OUTPUT = 8  # index among the outputs of MetadataReader
_SILENT = "completely silent"  # in Essentia's message


class MissingLibrary(UserError):
    """A library that decodes or measures music is not installed."""


def load_music(path: Path, start: float = 0.0, end: float = WHOLE) -> np.ndarray:
    """Measure one music file, float32 (580,), in the order of `coverzoo.corpus.schema`.

    It takes 2 to 5 s of a CPU core and 35 MB of memory per minute of music. The values of equal
    files are equal, unless they contain silence, to which Essentia adds random noise.

    Args:
        path: Music file, with one of `SUFFIXES`.
        start: Start of the part to measure, in seconds.
        end: End of the part to measure, in seconds; beyond the music's, its end.

    Raises:
        MissingLibrary: If Essentia is not installed, or soundfile where the format needs it.
        UserError: If the file cannot be read, is not music, or is too short, silent or damaged;
            the message names the file, the reason and the remedy.
    """
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}") from error
    if empty:
        raise UserError(f"{path}: empty file; give a music file")
    try:
        document, seconds, declared = _extracted(path, start, end)
    except ImportError as error:
        raise MissingLibrary(
            f"{path}: measuring music needs Essentia and soundfile ({error}): "
            f"{install_command('audio')}"
        ) from error
    except RuntimeError as error:
        raise UserError(f"{path}: {_reason(error)}") from error
    except ValueError as error:
        raise UserError(
            f"{path}: no music could be decoded; give a complete music file, or convert it to a "
            "stereo .wav"
        ) from error
    if min(seconds, end) < MIN_DECODED_SHARE * min(declared, end):
        raise UserError(
            f"{path}: damaged: {seconds:.0f} of {declared:.0f} s can be decoded; "
            "give a complete file, or convert it to .wav"
        )
    if (measured := min(seconds, end) - start) < MIN_SECONDS:
        raise UserError(f"{path}: too short: {measured:.2f} s; give {MIN_SECONDS:.0f} s or more")
    try:
        return schema.vector(document)
    except ValueError as error:
        raise UserError(f"{path}: {error}; give a longer or louder part of the music") from error


def declared_seconds(path: Path) -> float:
    """Length of a music file by its header, in seconds; 0 if it has none.

    Args:
        path: Music file that `load_music` reads.
    """
    return float(_essentia().MetadataReader(filename=str(path.absolute()))()[_DURATION_OUTPUT])


def as_document(pool: Mapping[str, Any], peaks: Sequence[float]) -> dict[str, dict[str, Any]]:
    """Convert the current extractor's output to a document for `coverzoo.corpus.schema`.

    Args:
        pool: Content by dotted name, such as `lowlevel.hfc.mean`; sections that documents do not
            have are ignored.
        peaks: Six numbers, in the order of `PEAKS`.
    """
    document: dict[str, dict[str, Any]] = {section: {} for section in schema.SECTIONS}
    for name, content in pool.items():
        section, descriptor, *statistic = name.split(".", 2)
        if section not in document:
            continue
        if statistic:
            document[section].setdefault(descriptor, {})[statistic[0]] = content
        else:
            document[section][descriptor] = content
    document["tonal"]["key_strength"] = pool.get("tonal.key_temperley.strength")
    for name, peak in zip(PEAKS, peaks, strict=True):
        document["rhythm"][name] = {
            **dict.fromkeys(_LOCATION_STATISTICS, peak),
            **dict.fromkeys(_SPREAD_STATISTICS, 0.0),
        }
    return document


def _extracted(
    path: Path, start: float, end: float
) -> tuple[dict[str, dict[str, Any]], float, float]:
    """Return a file's document, its decoded seconds and its declared seconds (0: unknown)."""
    standard = _essentia()
    pool = _pool(path, standard.MusicExtractor(startTime=start, endTime=end), standard)
    # The pool's own peaks are wrong: the weight of the first one is its spread.
    intervals = np.diff(pool["rhythm.beats_position"]).astype(np.float32)
    peaks = standard.BpmHistogramDescriptors()(intervals)[: len(PEAKS)]
    contents = {name: pool[name] for name in pool.descriptorNames()}
    seconds = pool["metadata.audio_properties.length"]
    return as_document(contents, peaks), seconds, declared_seconds(path)


def _pool(path: Path, extractor: Any, standard: Any) -> Any:
    """The extractor's output, or ValueError if no music can be decoded.

    MusicExtractor opens the formats whose tags TagLib reads; Essentia's decoder reads more.
    """
    if not needs_soundfile(path):
        check_opens(path)
        try:
            return extractor(str(path.absolute()))[0]
        except RuntimeError as error:
            if _SILENT in str(error):
                raise
    with decoded(path, standard) as wav:
        return extractor(str(wav))[0]


def _essentia() -> Any:
    """Essentia's algorithms, without its log: errors are raised."""
    import essentia

    # Before `standard` is imported, which logs too.
    essentia.log.infoActive = essentia.log.warningActive = False
    from essentia import standard

    return standard


def _reason(error: RuntimeError) -> str:
    """Return Essentia's message on one line, and the remedy."""
    text = " ".join(str(error).split())
    if _SILENT in text:
        return "silent; give a file with sound"
    message = text.removeprefix("In MusicExtractor.compute: ")
    return f"Essentia cannot measure it: {message.rstrip('.')}; convert it to a stereo .wav"
