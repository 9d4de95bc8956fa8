"""What a served model offers, and whether inputs fit it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

DEFAULT = "serving_default"
TYPES = {
    "DT_HALF": "float16",
    "DT_FLOAT": "float32",
    "DT_DOUBLE": "float64",
    "DT_UINT8": "uint8",
    "DT_INT32": "int32",
    "DT_INT64": "int64",
    "DT_BOOL": "bool",
    "DT_STRING": "string",
}
IMAGE_BYTES = "image_bytes"  # an input or output of this name holds whole image files
_IMAGE_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


@dataclass(frozen=True)
class Tensor:
    """An input or output.

    Attributes:
        type: NumPy's name of it, or `string`, which holds bytes.
        shape: None where any size will do; axis 0 is the batch.
    """

    type: str
    shape: tuple[int | None, ...]

    def fits(self, shape: tuple[int, ...]) -> bool:
        """Whether an array of the shape is one of these."""
        return len(shape) == len(self.shape) and all(
            size in (None, got) for size, got in zip(self.shape, shape, strict=True)
        )

    def __str__(self) -> str:
        sizes = ", ".join("B" if size is None else str(size) for size in self.shape)
        return f"{self.type} ({sizes}{',' if len(self.shape) == 1 else ''})"


@dataclass(frozen=True)
class Signature:
    """A function of a served model: its inputs and outputs by name."""

    inputs: dict[str, Tensor]
    outputs: dict[str, Tensor]


def from_metadata(signature_def: Mapping[str, Any]) -> dict[str, Signature]:
    """Signatures by name.

    Args:
        signature_def: the SignatureDefs by name, as protobuf writes them in JSON under their
            original names; REST gives them so.

    Raises:
        KeyError, TypeError, ValueError: if it is none.
    """
    return {
        name: Signature(_tensors(each.get("inputs", {})), _tensors(each.get("outputs", {})))
        for name, each in sorted(signature_def.items())
        if not name.startswith("__")  # what TensorFlow initialises by
    }


def _tensors(infos: Mapping[str, Any]) -> dict[str, Tensor]:
    found = {}
    for name, info in sorted(infos.items()):
        # 64-bit integers are strings in protobuf's JSON, and -1 an open size.
        sizes = [int(size.get("size", 0)) for size in info.get("tensor_shape", {}).get("dim", [])]
        shape = tuple(None if size < 0 else size for size in sizes)
        found[name] = Tensor(TYPES.get(info["dtype"], info["dtype"]), shape)
    return found


def fitted(signature: Signature, inputs: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Inputs as arrays of the types a signature takes, one row at least and as many in each.

    Args:
        signature: what they are for.
        inputs: array-likes by name; strings as bytes.

    Raises:
        ValueError: in one line, which input does not fit and what is expected.
    """
    for what, names in (
        ("unknown", inputs.keys() - signature.inputs.keys()),
        ("missing", signature.inputs.keys() - inputs.keys()),
    ):
        if names:
            expected = ", ".join(f"{name} {each}" for name, each in signature.inputs.items())
            raise ValueError(f"input {sorted(names)[0]} is {what}; it takes {expected}")
    found = {}
    for name, tensor in signature.inputs.items():
        try:
            found[name] = (
                _bytes(name, inputs[name])
                if tensor.type == "string"
                else _numbers(tensor.type, inputs[name])
            )
        except ValueError as error:
            raise ValueError(f"input {name}: {error}") from error
        _check_shape(name, tensor, found[name].shape)
    rows = {name: len(value) for name, value in found.items()}
    if len(set(rows.values())) > 1:
        listed = ", ".join(f"{name} {count}" for name, count in rows.items())
        raise ValueError(f"inputs have different numbers of rows: {listed}")
    if 0 in rows.values():
        raise ValueError("inputs have no rows; give one at least")
    return found


def check_answer(signature: Signature, outputs: Mapping[str, np.ndarray], rows: int) -> None:
    """Refuse an answer that is not what the signature says.

    Args:
        signature: what was asked.
        outputs: what came.
        rows: how many were asked for.

    Raises:
        ValueError: in one line, which output is not as it should be.
    """
    for name, value in outputs.items():
        tensor = signature.outputs[name]
        if not tensor.fits(value.shape):
            raise ValueError(f"output {name} has shape {value.shape}, expected {tensor}")
        if len(value) != rows:
            raise ValueError(f"output {name} has {len(value)} rows, {rows} were asked for")


def _check_shape(name: str, tensor: Tensor, shape: tuple[int, ...]) -> None:
    if not tensor.fits(shape):
        raise ValueError(f"input {name} has shape {shape}, expected {tensor}")


def _numbers(wanted: str, value: Any) -> np.ndarray:
    """An array of the type, or ValueError where that would change what is meant."""
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
            # JSON has no NaN, and a cover painted from one would be nothing.
            place = tuple(int(axis) for axis in np.argwhere(~np.isfinite(made))[0])
            raise ValueError(f"the value at {place} is {given[place]}, no finite {wanted}")
        return made
    if dtype.kind in "iu" and given.size:
        limits = np.iinfo(dtype)
        if int(given.min()) < limits.min or int(given.max()) > limits.max:
            raise ValueError(f"holds {given.min()} … {given.max()}, beyond {wanted}")
    return given.astype(dtype)


def is_image(content: bytes) -> bool:
    """Whether bytes begin as a JPEG or PNG file does, the two that a served model reads."""
    return content.startswith(_IMAGE_STARTS)


def _bytes(name: str, value: Any) -> np.ndarray:
    """A vector of bytes; where image files are expected, such as begin like one."""
    if isinstance(value, bytes | str):
        raise ValueError("expected a list of bytes, a row each")
    items = list(value)
    for row, item in enumerate(items):
        if not isinstance(item, bytes):
            raise ValueError(f"row {row} is {type(item).__name__}, expected bytes")
        if name == IMAGE_BYTES and not is_image(item):
            raise ValueError(
                f"row {row}, {len(item)} bytes, is no JPEG or PNG file; it begins {item[:8]!r}"
            )
    made = np.empty(len(items), object)
    made[:] = items
    return made
