"""Seeds in, files in and out: what a SavedModel offers beside floats, held against the model."""

import io
from typing import Any

import numpy as np
import tensorflow as tf
from PIL import Image

from coverzoo import images as pictures
from coverzoo.errors import UserError
from coverzoo.export.examples import COUNT, Examples
from coverzoo.export.parity import Parity, Reference
from coverzoo.export.saved_model import Session
from coverzoo.export.signatures import to_bytes
from coverzoo.zoo import noise


def from_seeds(source: Any, session: Session) -> list[Parity]:
    """That seeds give the covers of the noise they stand for, as pixels and files too.

    Args:
        source: a `writing.Source`.
        session: of its SavedModel.

    Raises:
        UserError: if pixels or files are not the covers beside them.
    """
    found = []
    seeds = range(COUNT)
    for name in ("sample", "sample_audio"):
        seeded = name.replace("sample", "sample_seeded")
        if seeded not in session.signatures:
            continue
        z = np.concatenate([noise.normal(seed, [0], source.model.latent_dim) for seed in seeds])
        seen = Examples({**source.examples.values, "z": z})

        def run(_: str, inputs: Any, seeded: str = seeded, seeds: Any = seeds) -> Any:
            made = session.run(seeded, {**_without_z(inputs), "seeds": np.array(seeds)})
            _check_bytes(seeded, made)
            return made

        parity = Reference(source.model, seen).compare(name, run, seeded)
        # At one z for all the seeds would differ still: the spread says nothing here.
        found.append(Parity(seeded, parity.largest, parity.mean, parity.psnr))
    return found


def from_files(source: Any, session: Session) -> list[Parity]:
    """That image files give what their pixels give; see `from_seeds`."""
    found = []
    for name in ("reconstruct", "encode"):
        of_bytes = f"{name}_bytes"
        if of_bytes not in session.signatures:
            continue
        pixels = to_bytes(source.examples.values["image"])
        files = np.array([tf.io.encode_png(image).numpy() for image in pixels], object)
        # What a file of 8 bits can hold of the example.
        seen = Examples({"image": np.asarray(pixels, np.float32) / 127.5 - 1.0})

        def run(_: str, inputs: Any, of_bytes: str = of_bytes, files: Any = files) -> Any:
            return session.run(of_bytes, {"image_bytes": files})

        found.append(Reference(source.model, seen).compare(name, run, of_bytes))
    return found


def _check_bytes(name: str, made: dict[str, np.ndarray]) -> None:
    """Refuse pixels and PNG files that are not the cover beside them.

    Raises:
        UserError: naming the signature.
    """
    # A value on the edge of two levels may fall to either side.
    off = np.abs(made["image_uint8"].astype(int) - pictures.to_bytes(made["image"])).max()
    files = [np.asarray(Image.open(io.BytesIO(file))) for file in made["image_bytes"]]
    if off > 1 or not np.array_equal(files, made["image_uint8"]):
        raise UserError(f"not exported: {name} gives other pixels than its covers have")


def _without_z(inputs: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in inputs.items() if key != "z"}
