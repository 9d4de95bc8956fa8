"""Music files: what AcousticBrainz would have measured, by Essentia's MusicExtractor.

docs/explanation/features.md states how today's extractor differs from AcousticBrainz's.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coverzoo.corpus import schema
from coverzoo.errors import UserError

SUFFIXES = (".wav", ".mp3", ".ogg", ".flac", ".m4a")

MIN_SECONDS = 3.0
"""Up to 2 s `average_loudness` is one constant, and often no beat is found."""

DECODED = 0.9
"""Share of the length a file declares that must decode; a damaged one loses parts silently."""

# What the documents call the outputs of BpmHistogramDescriptors, in their order.
PEAKS = tuple(
    f"bpm_histogram_{place}_peak_{kind}"
    for place in ("first", "second")
    for kind in ("bpm", "weight", "spread")
)
_ALIKE = ("max", "mean", "median", "min")
_ZERO = ("dmean", "dmean2", "dvar", "dvar2", "var")
_DURATION = 8  # place among the outputs of MetadataReader


def load_music(path: Path) -> np.ndarray:
    """Measure one music file, float32 (580,), in the order of `coverzoo.corpus.schema`.

    It takes 2 to 5 s of a CPU core and 35 MB of memory per minute of music. Equal files give
    equal values, unless they hold silence: there Essentia adds noise of its own.

    Raises:
        UserError: Essentia is not installed, or the file cannot be read, is no music, too short,
            silent or damaged; the line names the file, the reason and the remedy.
    """
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}") from error
    if empty:
        raise UserError(f"{path}: empty file; give a music file")
    try:
        document, seconds, declared = _extracted(str(path.absolute()))
    except ImportError as error:
        raise UserError(
            f"{path}: measuring music needs Essentia ({error}): pip install 'coverzoo[audio]'"
        ) from error
    except RuntimeError as error:
        raise UserError(f"{path}: {_reason(error)}") from error
    if seconds < DECODED * declared:
        raise UserError(
            f"{path}: damaged: {seconds:.0f} of {declared:.0f} s can be decoded; "
            "give a whole file, or convert it to .wav"
        )
    if seconds < MIN_SECONDS:
        raise UserError(f"{path}: too short: {seconds:.2f} s; give {MIN_SECONDS:.0f} s or more")
    try:
        return schema.vector(document)
    except ValueError as error:
        raise UserError(f"{path}: {error}; give a longer or louder part of the music") from error


def as_document(pool: Mapping[str, Any], peaks: Sequence[float]) -> dict[str, dict[str, Any]]:
    """What today's extractor measured, as a document that `coverzoo.corpus.schema` understands.

    Args:
        pool: Content by dotted name, such as `lowlevel.hfc.mean`; sections that documents lack
            are left out.
        peaks: The six numbers of `PEAKS`.
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
        document["rhythm"][name] = dict.fromkeys(_ALIKE, peak) | dict.fromkeys(_ZERO, 0.0)
    return document


def _extracted(file: str) -> tuple[dict[str, dict[str, Any]], float, float]:
    """The document of a file, the seconds that were decoded, those it declares (0: unknown)."""
    import essentia

    # Before `standard` is imported, which talks already. Faults are raised, not logged.
    essentia.log.infoActive = essentia.log.warningActive = False
    from essentia import standard

    declared = standard.MetadataReader(filename=file)()[_DURATION]
    pool, _ = standard.MusicExtractor()(file)
    # The pool's own peaks are not to be trusted: it has the first one's spread as its weight.
    intervals = np.diff(pool["rhythm.beats_position"]).astype(np.float32)
    peaks = standard.BpmHistogramDescriptors()(intervals)[: len(PEAKS)]
    contents = {name: pool[name] for name in pool.descriptorNames()}
    return as_document(contents, peaks), pool["metadata.audio_properties.length"], float(declared)


def _reason(error: RuntimeError) -> str:
    """What Essentia says, on one line, and the remedy."""
    text = " ".join(str(error).split())
    if "completely silent" in text:
        return "silent; give a file with sound"
    said = text.removeprefix("In MusicExtractor.compute: ")
    if said.startswith("MetadataReader: File does not exist"):  # it does: `load_music` opened it
        said = "not a whole file of the kind its suffix says"
    return f"Essentia cannot read it: {said.rstrip('.')}; convert it to a stereo .wav"
