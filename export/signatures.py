"""What an exported model offers: functions by name, with the shapes of what they take."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from coverzoo.export.image_files import read
from coverzoo.zoo import noise_graph


@dataclass(frozen=True)
class Signature:
    """A function of an exported model.

    Attributes:
        inputs: specs by name, in the order of the function's arguments; axis 0 is the batch.
        function: tensors → tensors by name, axis 0 the batch of every one.
    """

    inputs: dict[str, tf.TensorSpec]
    function: Callable[..., dict[str, Any]]


Signatures = dict[str, Signature]


def core(model: Any, rows: int | None = None) -> Signatures:
    """The functions of a model on floats, the one that needs least first.

    `sample` (z), `sample_audio` (z, audio, and strength where the model has a null condition),
    `reconstruct` (image), `encode` (image) and `decode` (code), the last three with `_audio`
    where a model that hears can also do them for a track.

    Args:
        model: what `zoo.load` gives.
        rows: of the batch; None leaves it open.
    """
    found: Signatures = {}
    if hasattr(model, "generate"):
        found |= _painting(model, rows)
    if hasattr(model, "reconstruct"):
        found |= _giving_back(model, rows)
    return found


def served(model: Any) -> Signatures:
    """The functions a server offers, on any batch: `core`, and on seeds and files.

    `sample_seeded` (seeds) and `sample_seeded_audio` give the covers that `zoo-sample --seed`
    paints first, also as PNG; `reconstruct_bytes` and `encode_bytes` take JPEG or PNG files.
    Covers come as float32 in [-1, 1] and as uint8. An output named `*_bytes` is base64 in REST.
    """
    found = {name: _with_bytes(signature) for name, signature in core(model).items()}
    for name, seeded in (("sample", "sample_seeded"), ("sample_audio", "sample_seeded_audio")):
        if name in found:
            found[seeded] = _seeded(model, found[name])
    for name in ("reconstruct", "encode"):
        if name in found:
            found[f"{name}_bytes"] = _from_files(model, found[name])
    return found


def _painting(model: Any, rows: int | None) -> Signatures:
    z = tf.TensorSpec((rows, model.latent_dim), name="z")
    found = {}
    if _does_without_audio(model):
        found["sample"] = Signature({"z": z}, lambda z: {"image": model(z)})
    if model.audio_encoder is not None:
        specs = {"z": z, "audio": _audio(model, rows)}
        if model.audio_encoder.null:
            specs["strength"] = tf.TensorSpec((rows,), name="strength")
        found["sample_audio"] = Signature(specs, lambda *inputs: {"image": model(*inputs)})
    return found


def _giving_back(model: Any, rows: int | None) -> Signatures:
    side = model.image_size
    image = tf.TensorSpec((rows, side, side, 3), name="image")
    codes = model.method != "unpool"  # else the decoder needs more than a code
    rebuild = getattr(model, "reconstruct_unchecked", model)  # what `reconstruct` runs, untraced
    found = {}
    if _does_without_audio(model):
        found["reconstruct"] = Signature({"image": image}, lambda image: {"image": rebuild(image)})
    if _hears(model):
        found["reconstruct_audio"] = Signature(
            {"image": image, "audio": _audio(model, rows)},
            lambda image, audio: {"image": rebuild(image, audio)},
        )
    if not codes:
        return found
    found["encode"] = Signature({"image": image}, lambda image: {"code": model.encode(image)})
    code = tf.TensorSpec((rows, *model.encode(tf.zeros((1, side, side, 3))).shape[1:]), name="code")
    if _does_without_audio(model):
        found["decode"] = Signature({"code": code}, lambda code: {"image": model.decode(code)})
    if _hears(model):
        found["decode_audio"] = Signature(
            {"code": code, "audio": _audio(model, rows)},
            lambda code, audio: {"image": model.decode(code, audio)},
        )
    return found


def _hears(model: Any) -> bool:
    return getattr(model, "audio_encoder", None) is not None


def _does_without_audio(model: Any) -> bool:
    return not _hears(model) or model.audio_encoder.null


def _audio(model: Any, rows: int | None) -> tf.TensorSpec:
    return tf.TensorSpec((rows, model.audio_encoder.width), name="audio")


def _with_bytes(signature: Signature) -> Signature:
    """The same with covers as uint8 beside the float ones."""

    def function(*inputs: Any) -> dict[str, Any]:
        outputs = signature.function(*inputs)
        if "image" in outputs:
            outputs["image_uint8"] = to_bytes(outputs["image"])
        return outputs

    return Signature(signature.inputs, function)


def _seeded(model: Any, signature: Signature) -> Signature:
    """The same from seeds instead of z, with covers as PNG too."""
    inputs = {"seeds": tf.TensorSpec((None,), tf.int64, name="seeds"), **signature.inputs}
    del inputs["z"]

    def function(seeds: Any, *others: Any) -> dict[str, Any]:
        outputs = signature.function(noise_graph.normal(seeds, model.latent_dim), *others)
        outputs["image_bytes"] = tf.map_fn(
            tf.io.encode_png, outputs["image_uint8"], fn_output_signature=tf.string
        )
        return outputs

    return Signature(inputs, function)


def _from_files(model: Any, signature: Signature) -> Signature:
    """The same from JPEG or PNG files, shrunk or grown to the model's side."""
    side = model.image_size

    def function(files: Any) -> dict[str, Any]:
        spec = tf.TensorSpec((side, side, 3))
        images = tf.map_fn(
            lambda file: read(file, side),
            files,
            parallel_iterations=1,  # a file may take a few hundred MB while it is read
            fn_output_signature=spec,
        )
        return signature.function(images)

    inputs = {"image_bytes": tf.TensorSpec((None,), tf.string, name="image_bytes")}
    return Signature(inputs, function)


def to_bytes(image: Any) -> Any:
    """Covers in [-1, 1] → uint8, rounded as `coverzoo.images.to_bytes` rounds."""
    pixels = tf.clip_by_value(tf.round((image + 1.0) * 127.5), 0.0, 255.0)
    return tf.cast(pixels, tf.uint8)
