"""A folder for any static server: one page that paints on the visitor's device."""

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
from coverzoo.export.examples import drawn
from coverzoo.export.signatures import Signatures

PAINTING = ("sample", "sample_audio")
FEWEST, MOST = 8, 12  # sample tracks; one a genre, as far as these allow
NAMES = "schema.json"  # the order of the values of an AcousticBrainz document


def signatures(model: Any) -> Signatures:
    """What the page needs of a TFLite file: painting alone.

    Raises:
        UserError: for a model that does not paint.
    """
    found = {
        name: signature
        for name, signature in tflite.signatures(model).items()
        if name.rpartition("_")[0] in PAINTING
    }
    if not found:
        raise UserError(
            "web: this model gives covers back and paints none; export a GAN or a VAE, "
            "or give --format saved_model --format tflite"
        )
    return found


def write(source: Any, content: bytes, folder: Path) -> None:
    """Write the folder around a TFLite file.

    Args:
        source: a `writing.Source`.
        content: of the TFLite file, in float32; it offers `signatures`.
        folder: a new one.

    Raises:
        UserError: if LiteRT.js is not to be had.
    """
    litertjs.copy(folder / "litert")
    for file in (resources.files("coverzoo.export") / "page").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    # Its hash in its name: no cache on the way gives the model of an earlier export.
    model = f"{source.name}-{hashlib.sha256(content).hexdigest()[:8]}.tflite"
    (folder / model).write_bytes(content)
    card = _card(source, model, folder)
    # What a visitor waits for; a server that compresses does not tell.
    card["bytes"] = len(content) + (folder / "litert" / litertjs.BINARY).stat().st_size
    _write_json(folder / "card.json", card)
    _write_listing(folder)


def _card(source: Any, file: str, folder: Path) -> dict[str, Any]:
    """What the page must know; writes the tracks it offers beside it."""
    model = source.model
    offered = signatures(model)
    card: dict[str, Any] = {
        "name": source.name,
        "file": file,
        "image_size": model.image_size,
        "latent_dim": model.latent_dim,
        "rows": sorted(tflite.ROWS, reverse=True),
        "plain": "sample_1" in offered,
    }
    encoder = getattr(model, "audio_encoder", None)
    if encoder is not None:
        with nullcontext(source.root) if source.root else drawn() as root:
            samples = select_tracks(read_split(root, "test", audio=True).samples)
            vectors = load_vectors(samples)
        (folder / "tracks.f32").write_bytes(vectors.astype("<f4").tobytes())
        names = (resources.files("coverzoo.corpus") / NAMES).read_bytes()
        (folder / NAMES).write_bytes(names)
        card["audio"] = {"width": encoder.width, "strength": encoder.null}
        card["tracks"] = labels(samples)
    return card


def select_tracks(samples: Sequence[Sample]) -> list[Sample]:
    """Tracks to offer: the first of every genre, and further ones where there are few genres."""
    by_genre: dict[str | None, list[Sample]] = {}
    for sample in samples:
        by_genre.setdefault(sample.genre, []).append(sample)
    rounds = zip_longest(*by_genre.values())
    in_turn = [sample for each in rounds for sample in each if sample is not None]
    found = in_turn[: min(max(len(by_genre), FEWEST), MOST)]
    return sorted(found, key=lambda sample: (sample.genre or "", sample.name))


def labels(samples: list[Sample]) -> list[dict[str, str]]:
    """What a visitor reads of each track: its genre, numbered where there are more of it."""
    genres = [sample.genre or "track" for sample in samples]
    found = []
    for place, (sample, genre) in enumerate(zip(samples, genres, strict=True)):
        nth = genres[: place + 1].count(genre)
        label = genre if genres.count(genre) == 1 else f"{genre} {nth}"
        found.append({"label": label, "name": sample.name})
    return found


def _write_listing(folder: Path) -> None:
    """What the service worker keeps for offline use; another version of anything is another list.

    A script rather than JSON, because a browser looks for changes of those alone.
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
