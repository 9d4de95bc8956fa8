"""The signatures of a served model, and checks of inputs and outputs against them."""

import io
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

DEFAULT = "serving_default"
NUMPY_TYPES = {
    "DT_HALF": "float16",
    "DT_FLOAT": "float32",
    "DT_DOUBLE": "float64",
    "DT_INT8": "int8",
    "DT_INT16": "int16",
    "DT_INT32": "int32",
    "DT_INT64": "int64",
    "DT_UINT8": "uint8",
    "DT_UINT16": "uint16",
    "DT_UINT32": "uint32",
    "DT_UINT64": "uint64",
    "DT_BOOL": "bool",
    "DT_STRING": "string",
}
IMAGE_BYTES = "image_bytes"  # an input or output of this name holds whole image files
TYPICALITY = "typicality"  # the output of signatures that take audio; earlier exports lack it
MAX_PIXELS = 2**24  # of an image file; an exported model refuses larger ones
_IMAGE_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")  # the first bytes of JPEG and PNG


@dataclass(frozen=True)
class TensorSpec:
    """Type and shape of an input or output.

    Attributes:
        type: NumPy's name of the type, `string`, which holds bytes, or TensorFlow's name of a
            type that the client cannot send.
        shape: Size of each axis, None where any size is accepted; axis 0 is the batch.
    """

    type: str
    shape: tuple[int | None, ...]

    def matches(self, shape: tuple[int, ...]) -> bool:
        """Whether an array of this shape is accepted."""
        return len(shape) == len(self.shape) and all(
            expected in (None, size) for expected, size in zip(self.shape, shape, strict=True)
        )

    def __str__(self) -> str:
        sizes = ", ".join("B" if size is None else str(size) for size in self.shape)
        return f"{self.type} ({sizes}{',' if len(self.shape) == 1 else ''})"


@dataclass(frozen=True)
class Signature:
    """A function of a served model: its inputs and outputs by name."""

    inputs: dict[str, TensorSpec]
    outputs: dict[str, TensorSpec]


def from_metadata(signature_def: Mapping[str, Any]) -> dict[str, Signature]:
    """Convert a server's metadata to signatures by name.

    Args:
        signature_def: SignatureDefs by name in protobuf's JSON form with the original field names,
            as REST sends them.

    Raises:
        KeyError, TypeError, ValueError: If the metadata has another form.
    """
    return {
        name: Signature(_specs(each.get("inputs", {})), _specs(each.get("outputs", {})))
        for name, each in sorted(signature_def.items())
        if not name.startswith("__")  # TensorFlow's own, such as the initialisation
    }


def _specs(infos: Mapping[str, Any]) -> dict[str, TensorSpec]:
    found = {}
    for name, info in sorted(infos.items()):
        # In protobuf's JSON 64-bit integers are strings, and -1 is an open size.
        sizes = [int(size.get("size", 0)) for size in info.get("tensor_shape", {}).get("dim", [])]
        shape = tuple(None if size < 0 else size for size in sizes)
        found[name] = TensorSpec(NUMPY_TYPES.get(info["dtype"], info["dtype"]), shape)
    return found


def checked_inputs(signature: Signature, inputs: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Convert inputs to arrays of the signature's types, at least one row, equal numbers in each.

    Args:
        signature: Signature that takes the inputs.
        inputs: Array-likes by name; strings as lists of bytes.

    Raises:
        ValueError: If an input does not fit; the message, one line, names it and what is expected.
    """
    for fault, names in (
        ("unknown", inputs.keys() - signature.inputs.keys()),
        ("missing", signature.inputs.keys() - inputs.keys()),
    ):
        if names:
            expected = ", ".join(f"{name} {each}" for name, each in signature.inputs.items())
            raise ValueError(f"input {sorted(names)[0]} is {fault}; it takes {expected}")
    arrays = {}
    for name, spec in signature.inputs.items():
        try:
            arrays[name] = (
                _as_bytes(name, inputs[name])
                if spec.type == "string"
                else _as_numbers(spec.type, inputs[name])
            )
        except ValueError as error:
            raise ValueError(f"input {name}: {error}") from error
        if not spec.matches(arrays[name].shape):
            raise ValueError(f"input {name} has shape {arrays[name].shape}, expected {spec}")
        if not spec.shape:
            raise ValueError(f"input {name} has no batch axis, which the client needs")
    rows = {name: len(value) for name, value in arrays.items()}
    if len(set(rows.values())) > 1:
        listed = ", ".join(f"{name} {count}" for name, count in rows.items())
        raise ValueError(f"inputs have different numbers of rows: {listed}")
    if not rows or 0 in rows.values():  # a server with batching never answers an empty batch
        raise ValueError("inputs have no rows; give at least one")
    return arrays


def check_outputs(signature: Signature, outputs: Mapping[str, np.ndarray], rows: int) -> None:
    """Refuse outputs whose shapes are not the signature's.

    Args:
        signature: Signature that was run.
        outputs: Arrays by name, as the server sent them.
        rows: Number of rows of the inputs.

    Raises:
        ValueError: If an output does not fit; the message, one line, names it.
    """
    for name, value in outputs.items():
        spec = signature.outputs[name]
        if not spec.matches(value.shape):
            raise ValueError(f"output {name} has shape {value.shape}, expected {spec}")
        found = len(value) if spec.shape else "no"
        if found != rows:
            raise ValueError(f"output {name} has {found} rows, expected {rows}")


def _as_numbers(wanted: str, value: Any) -> np.ndarray:
    """An array of the type, or ValueError where the conversion would change the values."""
    if wanted not in NUMPY_TYPES.values():
        raise ValueError(f"the client cannot send {wanted}")
    try:
        given = np.asarray(value)
    except ValueError:
        raise ValueError("its rows have different lengths") from None
    dtype = np.dtype(wanted)
    allowed = {"f": "fiu", "i": "iu", "u": "iu", "b": "b"}[dtype.kind]
    if given.size and given.dtype.kind not in allowed:
        raise ValueError(f"holds {given.dtype}, expected {wanted}")
    if dtype.kind == "f":
        with np.errstate(over="ignore"):
            made = given.astype(dtype)
        if not np.isfinite(made).all():
            # TF Serving accepts NaN in a body, though JSON has none, and answers black covers.
            place = tuple(int(axis) for axis in np.argwhere(~np.isfinite(made))[0])
            raise ValueError(f"the value at {place} is {given[place]}, not a finite {wanted}")
        return made
    if dtype.kind in "iu" and given.size:
        limits = np.iinfo(dtype)
        if int(given.min()) < limits.min or int(given.max()) > limits.max:
            raise ValueError(f"holds {given.min()} … {given.max()}, beyond {wanted}")
    return given.astype(dtype)


def _as_bytes(name: str, value: Any) -> np.ndarray:
    """A vector of bytes objects; where image files are expected, each is a valid one."""
    if isinstance(value, bytes | str) or not isinstance(value, Iterable):
        raise ValueError("expected a list of bytes, one per row")
    items = list(value)
    for row, item in enumerate(items):
        if not isinstance(item, bytes):
            raise ValueError(f"row {row} is {type(item).__name__}, expected bytes")
        if name == IMAGE_BYTES:
            try:
                check_image(item)
            except ValueError as error:
                raise ValueError(f"row {row}, {len(item)} bytes: {error}") from error
    made = np.empty(len(items), object)
    made[:] = items
    return made


def check_image(content: bytes) -> None:
    """Refuse a file that an exported model does not read, by decoding it.

    Args:
        content: Bytes of a JPEG or PNG file.

    Raises:
        ValueError: If it is neither, is damaged, or has more than 2²⁴ pixels.
    """
    if not content.startswith(_IMAGE_SIGNATURES):
        raise ValueError(f"not a JPEG or PNG file; it starts with {content[:8]!r}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow, for large images
            with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as image:
                pixels = image.width * image.height
                if pixels <= MAX_PIXELS:
                    image.load()
    except Image.DecompressionBombError:
        pixels = MAX_PIXELS + 1
    except (OSError, SyntaxError, ValueError) as error:
        raise ValueError(f"a damaged image file ({error})") from error
    if pixels > MAX_PIXELS:
        raise ValueError(f"an image of more than {MAX_PIXELS} pixels; shrink it")
