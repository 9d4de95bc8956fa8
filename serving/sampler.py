"""Covers from a served model: the pixels `zoo-sample` paints from the same seed and track."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from coverzoo.errors import UserError
from coverzoo.images import to_bytes
from coverzoo.serving.client import Client
from coverzoo.zoo import noise

ROWS = 8  # covers a request: a server that batches refuses more than its max_batch_size


def paint(
    client: Client,
    vectors: np.ndarray | None,
    *,
    count: int = 1,
    seed: int = 0,
    strength: float = 1.0,
    truncation: float | None = None,
) -> np.ndarray:
    """Covers of every track: noise 0 … count - 1 of the seed for each, tracks one after another.

    One cover a track is asked for by its seed, more by the noise itself, which is made here: the
    seeded signatures know a seed's first noise only.

    Args:
        client: of the model.
        vectors: (N, 1160) raw, or None to paint without audio.
        count: covers a track.
        seed: of the noise, 64 bits.
        strength: how much the audio counts; 1 where the model has no null condition.
        truncation: noise beyond ±T is redrawn; see `coverzoo.zoo.noise.normal`.

    Returns:
        uint8 (N · count, S, S, 3).

    Raises:
        UserError: naming the option, if the model cannot do what is asked; as `Client.predict`.
    """
    name = _painting(client, vectors is not None, strength)
    tracks = 1 if vectors is None else len(vectors)
    seeded = name.replace("sample", "sample_seeded")
    inputs: dict[str, Any] = {}
    if count == 1 and truncation is None and seeded in client.signatures():
        name = seeded
        inputs["seeds"] = np.full(tracks, _signed(seed), np.int64)
    else:
        shape = client.signature(name).inputs["z"].shape
        size = shape[1] if len(shape) == 2 else None
        if size is None:
            raise UserError(f"{client}, signature {name}: does not say how long z is")
        inputs["z"] = np.tile(noise.normal(seed, range(count), size, truncation), (tracks, 1))
    if vectors is not None:
        inputs["audio"] = np.repeat(vectors, count, axis=0)
        if "strength" in client.signature(name).inputs:
            inputs["strength"] = np.full(tracks * count, strength, np.float32)
    return _covers(client, name, inputs)


def reconstruct(client: Client, files: Sequence[bytes]) -> np.ndarray:
    """What an autoencoder or VAE makes of covers.

    Args:
        client: of the model.
        files: the bytes of JPEG or PNG files of any size.

    Returns:
        uint8 (N, S, S, 3).

    Raises:
        UserError: if the model gives no covers back; as `Client.predict`.
    """
    name = "reconstruct_bytes"
    if name not in client.signatures():
        raise UserError(
            f"--reconstruct: {client} gives no covers back. Serve a vae or an autoencoder."
        )
    return _covers(client, name, {"image_bytes": list(files)})


def _painting(client: Client, hears: bool, strength: float) -> str:
    """The signature that paints from noise, with or without audio."""
    offered = client.signatures()
    if not {"sample", "sample_audio"} & offered.keys():
        raise UserError(
            f"{client} gives covers back and paints none of its own. Use --reconstruct."
        )
    if hears and "sample_audio" not in offered:
        raise UserError(f"--audio: {client} was trained without audio. Leave --audio out.")
    if not hears and "sample" not in offered:
        raise UserError(f"--audio: {client} cannot paint without audio. Give a track.")
    if hears and strength != 1.0 and "strength" not in offered["sample_audio"].inputs:
        raise UserError(f"--strength: {client} has no null condition and knows strength 1 only")
    return "sample_audio" if hears else "sample"


def _signed(seed: int) -> int:
    """The seed's 64 bits as an int64, which is what `coverzoo.zoo.noise` makes of it too."""
    return (seed + 2**63) % 2**64 - 2**63


def _covers(client: Client, name: str, inputs: Mapping[str, Any]) -> np.ndarray:
    """The covers of any number of rows, some at a time, uint8 (N, S, S, 3)."""
    outputs = client.signature(name).outputs
    kind = next((kind for kind in _READ if kind in outputs), None)
    if kind is None:
        raise UserError(f"{client}, signature {name}: gives no covers, but {', '.join(outputs)}")
    rows = len(next(iter(inputs.values())))
    found = []
    for start in range(0, rows, ROWS):
        part = {key: value[start : start + ROWS] for key, value in inputs.items()}
        found.append(_READ[kind](client.predict(name, part, [kind])[kind]))
    return np.concatenate(found)


def _pixels(files: np.ndarray) -> np.ndarray:
    return np.stack([np.asarray(Image.open(io.BytesIO(file)).convert("RGB")) for file in files])


# How each kind of output becomes pixels; the first that a signature has is taken.
_READ: dict[str, Any] = {"image_uint8": np.asarray, "image_bytes": _pixels, "image": to_bytes}
