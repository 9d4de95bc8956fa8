"""Parity of a SavedModel's signatures on seeds and image files, and of its bytes."""

import io
from dataclasses import replace
from typing import Any

import numpy as np
import tensorflow as tf
from PIL import Image

from coverzoo.errors import UserError
from coverzoo.export.examples import EXAMPLE_COUNT, Examples
from coverzoo.export.parity import Parity, Reference
from coverzoo.export.saved_model import Session
from coverzoo.export.signatures import SEEDED, png_signature, to_bytes
from coverzoo.images import to_bytes as to_bytes_on_host
from coverzoo.zoo import noise

HALF_LEVEL = 0.5 / 127.5  # what rounding to 8 bits may change a cover in [-1, 1] by


def seeded_parity(model: Any, examples: Examples, session: Session) -> list[Parity]:
    """Compare covers of seeds with the model's covers of the noise of these seeds.

    Of the signatures that return no pixels, differences are those beyond the half level that
    rounding to 8 bits may take.

    Args:
        model: Model as `coverzoo.load` returns it.
        examples: Inputs of the model; its noise is not used.
        session: The SavedModel.

    Raises:
        UserError: If uint8 pixels or PNG files differ from the covers beside them.
    """
    found: list[Parity] = []
    if not hasattr(model, "generate"):
        return found
    seeds = np.arange(EXAMPLE_COUNT)
    z = np.concatenate([noise.normal(int(seed), [0], model.latent_dim) for seed in seeds])
    reference = Reference(model, Examples({**examples.values, "z": z}))
    for name, seeded in SEEDED.items():
        if seeded not in session.signatures:
            continue

        def run(signature: str, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
            others = {key: value for key, value in inputs.items() if key != "z"}
            outputs = session.run(signature, {**others, "seeds": seeds})
            if "image" in outputs:
                _check_bytes(signature, outputs)
            return outputs

        # Noise differs between seeds, so a deviation over tracks at one z is not measured.
        parity = reference.compare(name, run, seeded)
        found.append(replace(parity, audio_std_ratio=None))
        png = png_signature(seeded)
        outputs = run(png, reference.examples.select(reference.signatures[name].inputs))
        covers = _decode(outputs["image_bytes"]) / 127.5 - 1.0
        beyond = np.maximum(np.abs(covers - reference.output(name)) - HALF_LEVEL, 0.0)
        typicality = reference.typicality_difference(name, outputs)
        found.append(
            Parity(png, float(beyond.max()), float(beyond.mean()), typicality_difference=typicality)
        )
    return found


def file_parity(model: Any, examples: Examples, session: Session) -> list[Parity]:
    """Compare what image files and their pixels lead to; see `seeded_parity`."""
    found = []
    for name in ("reconstruct", "encode"):
        bytes_name = f"{name}_bytes"
        if bytes_name not in session.signatures:
            continue
        pixels = to_bytes(examples.values["image"])
        files = np.array([tf.io.encode_png(image).numpy() for image in pixels], object)
        # The part of the example that a file of 8 bits holds.
        rounded = Examples({"image": np.asarray(pixels, np.float32) / 127.5 - 1.0})

        def run(signature: str, _: Any, files: np.ndarray = files) -> dict[str, np.ndarray]:
            return session.run(signature, {"image_bytes": files})

        found.append(Reference(model, rounded).compare(name, run, bytes_name))
    return found


def _check_bytes(name: str, outputs: dict[str, np.ndarray]) -> None:
    """Raise UserError where uint8 pixels or PNG files are not the cover beside them."""
    pixels = outputs["image_uint8"].astype(int)
    # A value between two levels may be rounded to either.
    levels = np.abs(pixels - to_bytes_on_host(outputs["image"])).max()
    if levels > 1 or not np.array_equal(_decode(outputs["image_bytes"]), pixels):
        raise UserError(f"not exported: {name} returns other pixels than its covers have")


def _decode(files: np.ndarray) -> np.ndarray:
    return np.stack([np.asarray(Image.open(io.BytesIO(file))) for file in files])
