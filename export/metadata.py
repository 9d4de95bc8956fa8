"""The metadata file of a TFLite export, NAME.json: what a program on a device needs to know."""

import json
from pathlib import Path
from typing import Any

from coverzoo.export.tflite import WEIGHT_TYPES
from coverzoo.files import sha256

NOISE = (
    "standard normal; value c of code (seed, index): h(k) = mix(mix(k) + b), "
    "b = mix(mix(mix(lo) + hi) + index) with lo and hi the halves of the 64-bit seed, "
    "mix(x): x += 0x9e3779b9; x ^= x >> 16; x *= 0x7feb352d; x ^= x >> 15; x *= 0x846ca68b; "
    "x ^= x >> 16, all in 32 bits; u(k) = ((h(k) >> 9) + 0.5) / 2^23; "
    "z = sqrt(-2 ln u(2k)) cos(2 pi u(2k + 1)), k = c + attempt * 65536; with truncation T the "
    "first of 64 attempts with |z| <= T, else the last one clipped"
)


def write_metadata(source: Any, table: dict[str, Any], file: Path) -> None:
    """Write the metadata of the TFLite files that are in the same folder.

    Args:
        source: What is exported, with `name` and `model`.
        table: Signatures of the files, see `coverzoo.export.tflite.Interpreter.table`.
        file: File to write.
    """
    model = source.model
    encoder = getattr(model, "audio_encoder", None)
    names = {kind: f"{source.name}-{kind}.tflite" for kind in WEIGHT_TYPES}
    files = {kind: name for kind, name in names.items() if file.with_name(name).is_file()}
    metadata: dict[str, Any] = {
        "name": source.name,
        "image_size": model.image_size,
        "files": files,
        "sha256": {kind: sha256(file.with_name(name)) for kind, name in files.items()},
        "signatures": table,
        "image": "float32 (B, S, S, 3) in [-1, 1]; a byte is round((x + 1) 127.5)",
    }
    if hasattr(model, "latent_dim"):
        metadata["latent_dim"] = model.latent_dim
        metadata["z"] = NOISE
    if encoder is not None:
        metadata["audio"] = {
            "width": encoder.width,
            "values": "raw, unscaled; the features of corpus/schema.json, averages then deviations",
            "strength": encoder.null,
        }
    file.write_text(json.dumps(metadata, indent=2, ensure_ascii=False) + "\n")
