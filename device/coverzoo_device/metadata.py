"""The metadata file beside TFLite files, NAME.json: the model's inputs and outputs."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coverzoo_device.shared.errors import UserError

WEIGHT_TYPES = ("float32", "float16", "int8")
Shapes = dict[str, dict[str, dict[str, list[int]]]]

_REMEDY = "copy it again from where zoo-export wrote it, together with the TFLite file"


@dataclass(frozen=True)
class Metadata:
    """Properties of a model.

    Attributes:
        name: Name of the model, such as `gan-audio`.
        image_size: Side S of a cover in pixels.
        latent_dim: Number of values of a latent code; None for a model that does not generate.
        width: Number of audio features of a track; None for a model without audio.
        strength: Whether the strength of the audio can be set.
        signatures: Shapes by signature, then `inputs` or `outputs`, then name.
        digests: SHA-256 of the TFLite files by weight type; empty in a file that has none.
    """

    name: str
    image_size: int
    latent_dim: int | None
    width: int | None
    strength: bool
    signatures: Shapes
    digests: dict[str, str]


def read_metadata(model: Path) -> Metadata:
    """Read the metadata of a TFLite file: NAME.json beside NAME-float32.tflite and the like.

    A file of another name, such as cover.tflite, has cover.json.

    Args:
        model: The TFLite file.

    Raises:
        UserError: If there is no such file, or `zoo-export` did not write it.
    """
    file = metadata_file(model)
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        audio = content.get("audio")
        return Metadata(
            name=str(content["name"]),
            image_size=int(content["image_size"]),
            latent_dim=None if "latent_dim" not in content else int(content["latent_dim"]),
            width=None if audio is None else int(audio["width"]),
            strength=audio is not None and bool(audio["strength"]),
            signatures=_shapes(content["signatures"]),
            digests=dict(content.get("sha256", {})),
        )
    except FileNotFoundError as error:
        raise UserError(f"{file}: the metadata of {model.name} is missing; {_REMEDY}") from error
    except OSError as error:
        raise UserError(f"{file}: {error.strerror or error}; {_REMEDY}") from error
    # Any other content: not text, not JSON, a list, or another object.
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(f"{file}: not metadata of zoo-export; {_REMEDY}") from error


def metadata_file(model: Path) -> Path:
    """The path of the metadata of a TFLite file."""
    name, _, weight_type = model.stem.rpartition("-")
    return model.with_name(f"{name if weight_type in WEIGHT_TYPES else model.stem}.json")


def describes(metadata: Metadata, digest: str) -> bool:
    """Whether the TFLite file of a SHA-256 is one of those that the metadata lists."""
    return not metadata.digests or digest in metadata.digests.values()


def _shapes(table: dict[str, Any]) -> Shapes:
    return {
        signature: {
            group: {name: list(tensor["shape"]) for name, tensor in groups[group].items()}
            for group in ("inputs", "outputs")
        }
        for signature, groups in table.items()
    }
