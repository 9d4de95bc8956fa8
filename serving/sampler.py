"""Covers from a served model: those that `zoo-sample` generates from the same seed and track."""

import io
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from PIL import Image

from coverzoo.errors import UserError
from coverzoo.images import to_bytes
from coverzoo.sampling.limits import check_count, check_seed, check_strength, check_truncation
from coverzoo.serving.client import Client
from coverzoo.serving.signatures import IMAGE_BYTES, TYPICALITY
from coverzoo.zoo import noise

MAX_REQUEST_ROWS = 8  # a server with batching refuses more rows than its max_batch_size

Answers = list[dict[str, np.ndarray]]
OnTypicality = Callable[[np.ndarray], object]


def generate_covers(
    client: Client,
    vectors: np.ndarray | None,
    *,
    count: int = 1,
    seed: int = 0,
    strength: float = 1.0,
    truncation: float | None = None,
    on_typicality: OnTypicality | None = None,
) -> np.ndarray:
    """Covers of every track: noise 0 … count - 1 of the seed for each, tracks one after another.

    A request for one cover per track sends the seed; one for more sends the noise, which is
    computed here, because the seeded signatures have only noise 0 of a seed.

    Args:
        client: Client of the model.
        vectors: Raw audio features (N, 1160), or None to generate without audio.
        count: Number of covers per track, 1 or more.
        seed: Seed of the noise, from -2⁶³ to 2⁶⁴ - 1; equal seeds give equal covers.
        strength: Scale of the audio's effect, from -100 to 100: 0 for none, 1 as in training. It
            is 1 without `vectors`, and where the model has no null condition.
        truncation: Bound T > 0; noise beyond ±T is redrawn, see `coverzoo.zoo.noise.normal`.
        on_typicality: Function that is called with the typicality of each track, percentiles (N,)
            in [0, 100], where the model measures it; see `coverzoo.zoo.layers.typicality`.

    Returns:
        uint8 (N · count, S, S, 3); N is 1 without audio.

    Raises:
        UserError: If an argument is out of range, or the model cannot do what is asked, naming the
            argument or option; and as `Client.predict`.
    """
    count, seed = check_count(count), check_seed(seed)
    check_strength(strength)
    check_truncation(truncation)
    if vectors is None and strength != 1.0:
        raise UserError("strength: it scales the effect of the audio. Give tracks too, or leave 1.")

    def request() -> Answers:
        name = _sampling_signature(client, vectors is not None, strength)
        tracks = 1 if vectors is None else len(vectors)
        seeded = _seeded_signature(client, name)
        inputs: dict[str, Any] = {}
        if count == 1 and truncation is None and seeded is not None:
            name = seeded
            inputs["seeds"] = np.full(tracks, _as_int64(seed), np.int64)
        else:
            codes = noise.normal(seed, range(count), _width(client, name, "z"), truncation)
            inputs["z"] = np.tile(codes, (tracks, 1))
        if vectors is not None:
            inputs["audio"] = np.repeat(vectors, count, axis=0)
            if "strength" in client.signature(name).inputs:
                inputs["strength"] = np.full(tracks * count, strength, np.float32)
        return _request_covers(client, name, inputs)

    covers, typicality = _with_one_set_of_signatures(client, request)
    if on_typicality is not None and typicality is not None:
        on_typicality(typicality[::count])
    return covers


def cover_size(client: Client, audio: bool) -> int:
    """Side in pixels of the covers that a model generates.

    Args:
        client: Client of the model.
        audio: Whether the covers are conditioned on tracks.

    Raises:
        UserError: If the model does not generate with or without audio; and as
            `Client.signatures`.
    """
    name = _sampling_signature(client, audio, 1.0)
    outputs = client.signature(name).outputs
    sides = (spec.shape[1] for key, spec in outputs.items() if key in _TO_PIXELS and spec.shape[1:])
    side = next((side for side in sides if side is not None), None)
    if side is None:
        raise UserError(f"{client}, signature {name}: does not state the size of its covers")
    return side


def reconstruction_size(client: Client, audio: bool) -> int:
    """Side in pixels of the covers that a model reconstructs.

    Args:
        client: Client of the model.
        audio: Whether the reconstructions are conditioned on a track.

    Raises:
        UserError: If the model does not reconstruct with or without audio; and as
            `Client.signatures`.
    """
    return _width(client, _reconstruction_signature(client, audio), "image")


def reconstruct_covers(
    client: Client,
    covers: np.ndarray,
    vectors: np.ndarray | None = None,
    on_typicality: OnTypicality | None = None,
) -> np.ndarray:
    """Reconstructions of covers by an autoencoder or VAE, conditioned on one track if one is given.

    Args:
        client: Client of the model.
        covers: Covers (N, S, S, 3) in [-1, 1], with `reconstruction_size` for S.
        vectors: Raw audio features (1, 1160), or None.
        on_typicality: Function that is called with the track's typicality (1,), see
            `generate_covers`.

    Returns:
        uint8 (N, S, S, 3).

    Raises:
        UserError: If the model cannot do what is asked; and as `Client.predict`.
    """

    def request() -> Answers:
        inputs = {"image": covers}
        if vectors is not None:
            inputs["audio"] = np.repeat(vectors, len(covers), axis=0)
        name = _reconstruction_signature(client, vectors is not None)
        return _request_covers(client, name, inputs)

    reconstructions, typicality = _with_one_set_of_signatures(client, request)
    if on_typicality is not None and typicality is not None:
        on_typicality(typicality[:1])
    return reconstructions


def _with_one_set_of_signatures(
    client: Client, request: Callable[[], Answers]
) -> tuple[np.ndarray, np.ndarray | None]:
    """The covers of a request, which is made again if the model's signatures change meanwhile.

    With them comes the typicality of their tracks, where the model measures it.

    A new version may have covers or codes of another size: batches of both do not fit together.
    """
    for _ in range(2):
        before = client.signatures()
        try:
            answers = request()
        except UserError:
            if client.signatures() == before:
                raise
            continue
        if client.signatures() == before:
            covers = np.concatenate([answer["covers"] for answer in answers])
            if TYPICALITY not in answers[0]:
                return covers, None
            return covers, np.concatenate([answer[TYPICALITY] for answer in answers])
    raise UserError(
        f"{client}: its signatures changed twice during the request. "
        "Try again, or give --model-version"
    )


def _sampling_signature(client: Client, audio: bool, strength: float) -> str:
    """Name of the signature that generates from noise, with or without audio."""
    offered = client.signatures()
    if not {"sample", "sample_audio"} & offered.keys():
        raise UserError(f"{client} reconstructs covers and generates none. Use --reconstruct.")
    _check_audio(client, "sample", audio)
    if audio and strength != 1.0 and "strength" not in offered["sample_audio"].inputs:
        raise UserError(f"--strength: {client} has no null condition. Leave --strength at 1.")
    return "sample_audio" if audio else "sample"


def _reconstruction_signature(client: Client, audio: bool) -> str:
    """Name of the signature that reconstructs covers, with or without audio."""
    if not {"reconstruct", "reconstruct_audio"} & client.signatures().keys():
        raise UserError(
            f"--reconstruct: {client} does not reconstruct. Serve a vae or an autoencoder."
        )
    _check_audio(client, "reconstruct", audio)
    return "reconstruct_audio" if audio else "reconstruct"


def _check_audio(client: Client, name: str, audio: bool) -> None:
    """Refuse audio, or its absence, where a signature has no variant for it."""
    offered = client.signatures()
    if audio and f"{name}_audio" not in offered:
        raise UserError(f"--audio: {client} was trained without audio. Leave --audio out.")
    if not audio and name not in offered:
        raise UserError(f"--audio: {client} works only with audio. Give a track.")


def _width(client: Client, name: str, key: str) -> int:
    """Size of axis 1 of an input of a signature."""
    spec = client.signature(name).inputs.get(key)
    width = spec.shape[1] if spec is not None and len(spec.shape) > 1 else None
    if width is None:
        raise UserError(f"{client}, signature {name}: does not state the width of {key}")
    return width


def _seeded_signature(client: Client, name: str) -> str | None:
    """Name of the signature that takes seeds instead of noise; None if the model has none.

    Where the server sends all outputs it is the one without float covers, if the model has it: a
    64 px cover is then 9 kB of PNG instead of 1.2 MB of JSON.
    """
    seeded = name.replace("sample", "sample_seeded")
    candidates = (f"{seeded}_png", seeded) if client.sends_all_outputs else (seeded,)
    return next((each for each in candidates if each in client.signatures()), None)


def _as_int64(seed: int) -> int:
    """The seed's 64 bits as an int64, as `coverzoo.zoo.noise` takes them."""
    return (seed + 2**63) % 2**64 - 2**63


def _request_covers(client: Client, name: str, inputs: Mapping[str, Any]) -> Answers:
    """Covers of any number of rows, some at a time: `covers`, uint8 (N, S, S, 3).

    `typicality`, (N,), is beside them where the signature returns it, as exports of earlier
    versions do not.
    """
    outputs = client.signature(name).outputs
    output = next((output for output in _TO_PIXELS if output in outputs), None)
    if output is None:
        raise UserError(f"{client}, signature {name}: returns no covers, but {', '.join(outputs)}")
    rows = len(next(iter(inputs.values())))
    wanted = [output, *({TYPICALITY} & outputs.keys())]
    answers = []
    for start in range(0, max(rows, 1), MAX_REQUEST_ROWS):  # the client refuses a request of none
        batch = {key: value[start : start + MAX_REQUEST_ROWS] for key, value in inputs.items()}
        answer = client.predict(name, batch, wanted)
        answers.append({**answer, "covers": _TO_PIXELS[output](answer.pop(output))})
    return answers


def _decode(files: np.ndarray) -> np.ndarray:
    """Pixels of PNG files of one size."""
    return np.stack([np.asarray(Image.open(io.BytesIO(file)).convert("RGB")) for file in files])


# How each output of covers becomes pixels; the first that a signature has is used.
_TO_PIXELS: dict[str, Callable[[Any], np.ndarray]] = {
    "image_uint8": np.asarray,
    IMAGE_BYTES: _decode,
    "image": to_bytes,
}
