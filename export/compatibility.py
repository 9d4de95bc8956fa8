"""Whether a new version of a SavedModel accepts the requests of the version that is served."""

from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError

from coverzoo.errors import UserError
from coverzoo.export import publishing, saved_model
from coverzoo.export.signatures import Signatures

REMEDY = "give another folder, or allow it with --allow-signature-change"
IMAGES = ("image", "image_uint8")  # inputs and outputs whose axes 1 and 2 are the image size


def check_signatures(signatures: Signatures, image_size: int, folder: Path) -> None:
    """Refuse a model whose image size or inputs differ from those of the highest version.

    Clients of that version would fail with the new one, which a server loads at once. Further
    signatures are not a difference.

    Args:
        signatures: Signatures of the new version.
        image_size: Side of its covers in pixels.
        folder: Folder of the versions, DIR/saved_model.

    Raises:
        UserError: If it differs, or the highest version cannot be read.
    """
    numbers = sorted(publishing.version_numbers(folder), reverse=True)
    paths = (folder / str(number) for number in numbers)
    served = next((path for path in paths if (path / saved_model.FILE).is_file()), None)
    if served is None:
        return
    try:
        table = saved_model.table(served)
    except (OSError, ValueError, RuntimeError, DecodeError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise UserError(
            f"{served}: cannot be read to compare signatures ({reason}). Remove it, or {REMEDY}."
        ) from error
    difference = _difference(table, signatures, image_size)
    if difference:
        raise UserError(
            f"--out: {served} {difference}, and its clients would fail. Use the same settings, "
            f"{REMEDY}."
        )


def _difference(table: dict[str, Any], signatures: Signatures, image_size: int) -> str:
    """What differs first, to follow the name of the served version; empty if nothing does."""
    sizes = {
        tensor["shape"][1]
        for signature in table.values()
        for tensors in signature.values()
        for name, tensor in tensors.items()
        if name in IMAGES and len(tensor["shape"]) == 4
    }
    other = sizes - {image_size, -1}
    if other:
        return f"has an image size of {other.pop()}, this model {image_size}"
    for name, signature in table.items():
        if name == "serving_default":  # one of the others
            continue
        if name not in signatures:
            return f"has the signature {name}, which this model lacks"
        inputs = {
            key: {"type": spec.dtype.name, "shape": [-1 if n is None else n for n in spec.shape]}
            for key, spec in signatures[name].inputs.items()
        }
        if inputs != signature["inputs"]:
            before, now = _listed(signature["inputs"]), _listed(inputs)
            return f"has the signature {name} with inputs {before}, this model with {now}"
    return ""


def _listed(inputs: dict[str, Any]) -> str:
    return ", ".join(
        f"{name} {tensor['type']} {tuple(tensor['shape'])}"
        for name, tensor in sorted(inputs.items())
    )
