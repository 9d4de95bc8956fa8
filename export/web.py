"""A folder for any static server: one page that generates covers on the visitor's device."""

import hashlib
import json
from collections.abc import Sequence
from contextlib import nullcontext
from importlib import resources
from itertools import zip_longest
from pathlib import Path
from typing import Any

from coverzoo.corpus.layout import Sample, read_split
from coverzoo.corpus.vectors import load_vectors
from coverzoo.errors import UserError
from coverzoo.export import litertjs, tflite
from coverzoo.export.examples import built_in_corpus
from coverzoo.export.signatures import Signatures

PAGE_SIGNATURES = ("sample", "sample_audio")
MIN_TRACKS, MAX_TRACKS = 8, 12  # sample tracks; one per genre within these bounds
SCHEMA = "schema.json"  # the order of the values of an AcousticBrainz document


def signatures(model: Any) -> Signatures:
    """The signatures of the page's TFLite file: those that generate covers.

    Raises:
        UserError: If the model does not generate covers.
    """
    found = {
        name: signature
        for name, signature in tflite.signatures(model).items()
        if name.rpartition("_")[0] in PAGE_SIGNATURES
    }
    if not found:
        raise UserError(
            "web: this model reconstructs covers and generates none. Export a GAN or a VAE, "
            "or give --format saved-model --format tflite"
        )
    return found


def write(source: Any, content: bytes, folder: Path) -> None:
    """Write the folder with a TFLite file.

    Args:
        source: What is exported, a `coverzoo.export.exporter.Source`.
        content: TFLite file in float32 with the signatures of `signatures`.
        folder: Folder to write, which must not exist.

    Raises:
        UserError: If LiteRT.js cannot be had.
    """
    litertjs.copy(folder / "litert")
    for file in (resources.files("coverzoo.export") / "page").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    # With its hash in its name, no cache returns the model of an earlier export.
    model = f"{source.name}-{hashlib.sha256(content).hexdigest()[:8]}.tflite"
    (folder / model).write_bytes(content)
    metadata = _page_metadata(source, model, folder)
    # The size of the download for the progress bar; a server that compresses does not state it.
    metadata["bytes"] = len(content) + (folder / "litert" / litertjs.WASM_FILE).stat().st_size
    _write_json(folder / "card.json", metadata)
    _write_listing(folder)


def _page_metadata(source: Any, file: str, folder: Path) -> dict[str, Any]:
    """The content of the page's card.json; writes the tracks that the page offers too."""
    model = source.model
    offered = signatures(model)
    metadata: dict[str, Any] = {
        "name": source.name,
        "file": file,
        "image_size": model.image_size,
        "latent_dim": model.latent_dim,
        "rows": sorted(tflite.BATCH_SIZES, reverse=True),
        "plain": "sample_1" in offered,
    }
    encoder = getattr(model, "audio_encoder", None)
    if encoder is not None:
        with nullcontext(source.root) if source.root else built_in_corpus() as root:
            samples = select_tracks(read_split(root, "test", audio=True).samples)
            vectors = load_vectors(samples)
        (folder / "tracks.f32").write_bytes(vectors.astype("<f4").tobytes())
        names = (resources.files("coverzoo.corpus") / SCHEMA).read_bytes()
        (folder / SCHEMA).write_bytes(names)
        metadata["audio"] = {"width": encoder.width, "strength": encoder.null}
        metadata["tracks"] = labels(samples)
    return metadata


def select_tracks(samples: Sequence[Sample]) -> list[Sample]:
    """Tracks for the page: the first of every genre, and more where there are few genres."""
    by_genre: dict[str | None, list[Sample]] = {}
    for sample in samples:
        by_genre.setdefault(sample.genre, []).append(sample)
    rounds = zip_longest(*by_genre.values())
    in_turn = [sample for each in rounds for sample in each if sample is not None]
    found = in_turn[: min(max(len(by_genre), MIN_TRACKS), MAX_TRACKS)]
    return sorted(found, key=lambda sample: (sample.genre or "", sample.name))


def labels(samples: list[Sample]) -> list[dict[str, str]]:
    """Name and label of each track: its genre, numbered where several tracks share it."""
    genres = [sample.genre or "track" for sample in samples]
    found = []
    for place, (sample, genre) in enumerate(zip(samples, genres, strict=True)):
        nth = genres[: place + 1].count(genre)
        label = genre if genres.count(genre) == 1 else f"{genre} {nth}"
        found.append({"label": label, "name": sample.name})
    return found


def _write_listing(folder: Path) -> None:
    """Write the list of files that the service worker caches, with a version by their contents.

    It is a script rather than JSON, because browsers check only scripts for changes.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    names = ["./", *(file.relative_to(folder).as_posix() for file in files)]
    (folder / "files.js").write_text(
        f"self.VERSION = {json.dumps(digest.hexdigest()[:16])};\n"
        f"self.FILES = {json.dumps(names, indent=2)};\n"
    )


def _write_json(file: Path, content: Any) -> None:
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
