"""The card beside TFLite files: what the model they hold takes and gives."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coverzoo_device.shared.errors import UserError

KINDS = ("float32", "float16", "int8")
Shapes = dict[str, dict[str, dict[str, list[int]]]]

_REMEDY = "copy it anew from where zoo-export wrote it, together with the TFLite file"


@dataclass(frozen=True)
class Card:
    """What a model is.

    Attributes:
        name: of the model, such as `gan-audio`.
        image_size: S, the side of a cover in pixels.
        latent_dim: how many values a latent code has, None for a model that does not paint.
        width: how many numbers a track has, None for a model that does not hear.
        strength: whether the strength of the audio can be set.
        signatures: by signature, then `inputs` and `outputs`, then name: the shape.
        digests: SHA-256 of the TFLite files, by kind; empty on a card that tells none.
    """

    name: str
    image_size: int
    latent_dim: int | None
    width: int | None
    strength: bool
    signatures: Shapes
    digests: dict[str, str]


def read_card(model: Path) -> Card:
    """Read the card of a TFLite file: NAME.json beside NAME-float32.tflite and its like.

    A file under another name, such as cover.tflite, has cover.json.

    Raises:
        UserError: There is no card, or it is none that `zoo-export` wrote.
    """
    file = card_of(model)
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        audio = told.get("audio")
        return Card(
            name=str(told["name"]),
            image_size=int(told["image_size"]),
            latent_dim=None if "latent_dim" not in told else int(told["latent_dim"]),
            width=None if audio is None else int(audio["width"]),
            strength=audio is not None and bool(audio["strength"]),
            signatures=_shapes(told["signatures"]),
            digests=dict(told.get("sha256", {})),
        )
    except FileNotFoundError as error:
        raise UserError(f"{file}: the card of {model.name} is not there; {_REMEDY}") from error
    except OSError as error:
        raise UserError(f"{file}: {error.strerror or error}; {_REMEDY}") from error
    # Whatever else a file can be that is no card: not text, not JSON, a list, another object.
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(f"{file}: not a card of zoo-export; {_REMEDY}") from error


def card_of(model: Path) -> Path:
    """Where the card of a TFLite file lies."""
    name, _, kind = model.stem.rpartition("-")
    return model.with_name(f"{name if kind in KINDS else model.stem}.json")


def is_told(card: Card, model: Path) -> bool:
    """Whether a TFLite file is one of those the card tells of, byte for byte."""
    if not card.digests:
        return True
    with model.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return digest in card.digests.values()


def _shapes(table: dict[str, Any]) -> Shapes:
    return {
        signature: {
            side: {name: list(tensor["shape"]) for name, tensor in sides[side].items()}
            for side in ("inputs", "outputs")
        }
        for signature, sides in table.items()
    }
