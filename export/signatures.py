"""Signatures of an exported model: functions by name, with the shapes of their inputs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from coverzoo.export.image_files import read_image
from coverzoo.types import Tensor
from coverzoo.zoo import noise_graph
from coverzoo.zoo.layers.gradients import without_gradients

SEEDED = {"sample": "sample_seeded", "sample_audio": "sample_seeded_audio"}
"""The signature on seeds, by the signature on noise that it stands for."""


@dataclass(frozen=True)
class Signature:
    """A function of an exported model.

    Attributes:
        inputs: Specs of the inputs by name, in the order of the function's arguments; axis 0 is
            the batch.
        function: Function from these inputs to tensors by name; axis 0 of each is the batch.
    """

    inputs: dict[str, tf.TensorSpec]
    function: Callable[..., dict[str, Tensor]]


Signatures = dict[str, Signature]


def float_signatures(model: Any, rows: int | None = None) -> Signatures:
    """The functions of a model on floats, those without audio first.

    `sample` (z), `sample_audio` (z, audio, and strength where the model has a null condition),
    `reconstruct` (image), `encode` (image) and `decode` (code); `reconstruct_audio` and
    `decode_audio` too where the model is conditioned on audio. Those with audio return the
    track's typicality too where the model measures it.

    Args:
        model: Model as `coverzoo.load` returns it.
        rows: Batch size; None allows any.
    """
    found: Signatures = {}
    if hasattr(model, "generate"):
        found |= _generating(model, rows)
    if hasattr(model, "reconstruct"):
        found |= _reconstructing(model, rows)
    return found


def served_signatures(model: Any) -> Signatures:
    """The functions that a server offers, for any batch size.

    Besides `float_signatures`, whose covers come as float32 in [-1, 1] and as uint8:

    - `sample_seeded` (seeds) and `sample_seeded_audio` return the first cover of
      `zoo-sample --seed`, as PNG files too; `sample_seeded_png` and `sample_seeded_audio_png`
      return the PNG files without pixels, for small REST responses.
    - `reconstruct_bytes` and `encode_bytes` take JPEG or PNG files.

    An output named `*_bytes` is base64 in REST.
    """
    found = {
        name: traced_once(_with_uint8(signature))
        for name, signature in float_signatures(model).items()
    }
    for name, seeded in SEEDED.items():
        if name in found:
            found[seeded] = traced_once(_from_seeds(model, found[name]))
            found[png_signature(seeded)] = _png_only(found[seeded])
    for name in ("reconstruct", "encode"):
        if name in found:
            found[f"{name}_bytes"] = _from_files(model, found[name])
    return found


def png_signature(seeded: str) -> str:
    """The name of the signature that returns the PNG files of a seeded one without pixels."""
    return f"{seeded}_png"


def _generating(model: Any, rows: int | None) -> Signatures:
    z = tf.TensorSpec((rows, model.latent_dim), name="z")
    found = {}
    if _works_without_audio(model):
        found["sample"] = Signature({"z": z}, lambda z: {"image": model(z)})
    if model.audio_encoder is not None:
        specs = {"z": z, "audio": _audio_spec(model, rows)}
        if model.audio_encoder.null:
            specs["strength"] = tf.TensorSpec((rows,), name="strength")
        found["sample_audio"] = _with_typicality(
            model, Signature(specs, lambda *inputs: {"image": model(*inputs)})
        )
    return found


def _reconstructing(model: Any, rows: int | None) -> Signatures:
    side = model.image_size
    image = tf.TensorSpec((rows, side, side, 3), name="image")
    has_codes = model.method != "unpool"  # its decoder needs more than a code
    # What `reconstruct` runs, without its own tf.function.
    reconstruct = getattr(model, "reconstruct_unchecked", model)
    found = {}
    if _works_without_audio(model):
        found["reconstruct"] = Signature(
            {"image": image}, lambda image: {"image": reconstruct(image)}
        )
    if _is_conditional(model):
        specs = {"image": image, "audio": _audio_spec(model, rows)}
        found["reconstruct_audio"] = _with_typicality(
            model,
            Signature(specs, lambda image, audio: {"image": reconstruct(image, audio)}),
        )
    if not has_codes:
        return found
    found["encode"] = Signature({"image": image}, lambda image: {"code": model.encode(image)})
    code = tf.TensorSpec((rows, *model.encode(tf.zeros((1, side, side, 3))).shape[1:]), name="code")
    if _works_without_audio(model):
        found["decode"] = Signature({"code": code}, lambda code: {"image": model.decode(code)})
    if _is_conditional(model):
        specs = {"code": code, "audio": _audio_spec(model, rows)}
        found["decode_audio"] = _with_typicality(
            model, Signature(specs, lambda code, audio: {"image": model.decode(code, audio)})
        )
    return found


def _with_typicality(model: Any, signature: Signature) -> Signature:
    """The same with the typicality of the audio, where the model measures it."""
    if model.audio_encoder.typicality is None:
        return signature
    place = list(signature.inputs).index("audio")

    def function(*inputs: Tensor) -> dict[str, Tensor]:
        return {**signature.function(*inputs), "typicality": model.typicality(inputs[place])}

    return Signature(signature.inputs, function)


def _is_conditional(model: Any) -> bool:
    return getattr(model, "audio_encoder", None) is not None


def _works_without_audio(model: Any) -> bool:
    return not _is_conditional(model) or model.audio_encoder.null


def _audio_spec(model: Any, rows: int | None) -> tf.TensorSpec:
    return tf.TensorSpec((rows, model.audio_encoder.width), name="audio")


def traced_once(signature: Signature) -> Signature:
    """The same as one graph function, which everything made from it calls instead of tracing it.

    Tracing is most of the time of an export. TensorFlow traces what it saves twice, and one
    signature is often made from another.
    """

    def function(*inputs: Tensor) -> dict[str, Tensor]:
        with without_gradients():
            return signature.function(*inputs)

    specs = list(signature.inputs.values())
    traced = tf.function(function, input_signature=specs, autograph=False)
    return Signature(signature.inputs, traced)


def _with_uint8(signature: Signature) -> Signature:
    """The same with covers as uint8 beside the float ones."""

    def function(*inputs: Tensor) -> dict[str, Tensor]:
        outputs = signature.function(*inputs)
        if "image" in outputs:
            outputs["image_uint8"] = to_bytes(outputs["image"])
        return outputs

    return Signature(signature.inputs, function)


def _from_seeds(model: Any, signature: Signature) -> Signature:
    """The same from seeds instead of z, with covers as PNG files too."""
    inputs = {"seeds": tf.TensorSpec((None,), tf.int64, name="seeds"), **signature.inputs}
    del inputs["z"]

    def function(seeds: Tensor, *others: Tensor) -> dict[str, Tensor]:
        outputs = signature.function(noise_graph.normal(seeds, model.latent_dim), *others)
        outputs["image_bytes"] = tf.map_fn(
            tf.io.encode_png, outputs["image_uint8"], fn_output_signature=tf.string
        )
        return outputs

    return Signature(inputs, function)


def _png_only(signature: Signature) -> Signature:
    """The same with covers as PNG files only."""

    def function(*inputs: Tensor) -> dict[str, Tensor]:
        outputs = signature.function(*inputs)
        return {name: outputs[name] for name in ("image_bytes", "typicality") if name in outputs}

    return Signature(signature.inputs, function)


def _from_files(model: Any, signature: Signature) -> Signature:
    """The same from JPEG or PNG files, resized to the model's side."""
    side = model.image_size

    def function(files: Tensor) -> dict[str, Tensor]:
        spec = tf.TensorSpec((side, side, 3))
        images = tf.map_fn(
            lambda file: read_image(file, side),
            files,
            parallel_iterations=1,  # a file can take a few hundred MB while it is decoded
            fn_output_signature=spec,
        )
        return signature.function(images)

    inputs = {"image_bytes": tf.TensorSpec((None,), tf.string, name="image_bytes")}
    return Signature(inputs, function)


def to_bytes(image: Tensor) -> Tensor:
    """Covers in [-1, 1] → uint8, rounded as `coverzoo.images.to_bytes` does."""
    pixels = tf.clip_by_value(tf.round((image + 1.0) * 127.5), 0.0, 255.0)
    return tf.cast(pixels, tf.uint8)
