"""TFLite files in float32, with float16 weights, and with int8 weights."""

import re
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from coverzoo import backend
from coverzoo.errors import UserError, install_command
from coverzoo.export import saved_model
from coverzoo.export.signatures import Signatures, float_signatures
from coverzoo.zoo.layers import strided

BATCH_SIZES = (1, 4)  # a file has every signature once for each
WEIGHT_TYPES = ("float32", "float16", "int8")
Batch = dict[str, np.ndarray]


def signatures(model: Any, batch_sizes: Sequence[int] = BATCH_SIZES) -> Signatures:
    """`float_signatures` for each batch size: `sample_1`, `sample_4` and so on.

    Args:
        model: Model as `coverzoo.load` returns it.
        batch_sizes: Batch sizes.
    """
    return {
        f"{name}_{rows}": signature
        for rows in batch_sizes
        for name, signature in float_signatures(model, rows).items()
    }


def convert(
    model: Any,
    batch_sizes: Sequence[int] = BATCH_SIZES,
    offered: Signatures | None = None,
) -> bytes:
    """A TFLite file in float32 that needs built-in operations only.

    Args:
        model: Model as `coverzoo.load` returns it.
        batch_sizes: Batch sizes of the signatures.
        offered: Signatures of the file; all of `signatures` unless given.

    Raises:
        UserError: If an operation has no built-in counterpart; the message names it.
    """
    import tensorflow as tf

    offered = offered or signatures(model, batch_sizes)
    with tempfile.TemporaryDirectory(prefix="coverzoo-") as folder:
        path = Path(folder) / "static"
        with strided.for_sampling():
            saved_model.write(model, offered, path)
        converter = tf.lite.TFLiteConverter.from_saved_model(
            str(path), signature_keys=list(offered)
        )
        with backend.quiet():
            content, unsupported = _converted(converter)
    if unsupported:
        raise UserError(f"no TFLite file: no built-in operation for {unsupported}")
    foreign = sorted({name for name in operations(content) if name.startswith("FLEX")})
    if foreign:
        raise UserError(f"no TFLite file: {', '.join(foreign)} would need TensorFlow at run time")
    return content


def _converted(converter: Any) -> tuple[bytes, str]:
    """The file, and the operations without built-in counterpart: one of them is empty."""
    try:
        return converter.convert(), ""
    except Exception as error:  # its class is not public
        named = re.search(r"^(?:TF Select|Custom) ops: (.+)$", str(error), re.MULTILINE)
        if named is None:
            raise
        return b"", named[1]


def quantizable(model: Any) -> str:
    """A regular expression of the operations whose weights may be rounded.

    Of an unpooling autoencoder that is the decoder: a rounded encoder finds the largest of four
    values at other places.
    """
    return "decoder" if getattr(model, "method", "") == "unpool" else ".*"


def has_quantizer() -> bool:
    """Whether ai-edge-quantizer, which float16 and int8 files need, is installed."""
    try:
        import ai_edge_quantizer  # noqa: F401
    except ImportError:
        return False
    return True


def with_float16_weights(content: bytes, where: str = ".*") -> bytes:
    """The file with float16 weights of convolutions and Dense layers; it computes in float32.

    The feature scaling stays in float32: its constants exceed float16.

    Args:
        content: TFLite file in float32.
        where: Regular expression of the operations, see `quantizable`.

    Raises:
        UserError: If ai-edge-quantizer is not installed.
    """
    quantizer, kinds = _quantizer(content)
    config = kinds.OpQuantizationConfig(
        weight_tensor_config=kinds.TensorQuantizationConfig(
            num_bits=16, dtype=kinds.TensorDataType.FLOAT
        ),
        compute_precision=kinds.ComputePrecision.FLOAT,
        explicit_dequantize=True,
    )
    for operation in _weighted(kinds):
        quantizer.update_quantization_recipe(where, operation, config, "float_casting")
    with backend.quiet():
        return bytes(quantizer.quantize().quantized_model)


def with_int8_weights(content: bytes, where: str = ".*") -> bytes:
    """The file with int8 weights, one scale per channel; activations are quantised at run time.

    Convolutions and Dense layers compute in int8, all between them in float32. Ranges calibrated
    beforehand on real vectors were as fast and less accurate, see
    docs/experiments/quantization.md.

    Args:
        content: TFLite file in float32.
        where: Regular expression of the operations, see `quantizable`.

    Raises:
        UserError: If ai-edge-quantizer is not installed.
    """
    quantizer, kinds = _quantizer(content)
    for operation in _weighted(kinds):
        quantizer.add_dynamic_config(where, operation, 8)
    with backend.quiet():
        return bytes(quantizer.quantize().quantized_model)


def _quantizer(content: bytes) -> tuple[Any, Any]:
    try:
        from ai_edge_quantizer import qtyping, quantizer
    except ImportError as error:
        raise UserError(
            f"float16 and int8 need ai-edge-quantizer. Install it with: {install_command('export')}"
        ) from error
    return quantizer.Quantizer(content), qtyping


def _weighted(kinds: Any) -> tuple[Any, ...]:
    """The operations with weights."""
    names = kinds.TFLOperationName
    return names.CONV_2D, names.FULLY_CONNECTED, names.CONV_2D_TRANSPOSE


def operations(content: bytes) -> list[str]:
    """The names of all operations in a TFLite file; FLEX… are those that need TensorFlow."""
    from ai_edge_litert import schema_py_generated as schema

    names = {
        code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)
    }
    model = schema.ModelT.InitFromPackedBuf(content, 0)

    def name_of(code: Any) -> str:
        if code.customCode:
            return code.customCode.decode().upper()
        return names[max(code.builtinCode, code.deprecatedBuiltinCode)]

    return [
        name_of(model.operatorCodes[operator.opcodeIndex])
        for graph in model.subgraphs
        for operator in graph.operators
    ]


class Interpreter:
    """A TFLite file, run on the CPU without TensorFlow.

    Args:
        content: TFLite file.
        threads: Number of CPU threads.
    """

    def __init__(self, content: bytes, threads: int = 1) -> None:
        from ai_edge_litert.interpreter import Interpreter as Litert

        with backend.quiet():
            self.litert = Litert(model_content=content, num_threads=threads)
            self.signatures = self.litert.get_signature_list()
            self._started = False
            self.runners = {
                name: self.litert.get_signature_runner(name) for name in self.signatures
            }

    def run(self, name: str, inputs: Batch) -> Batch:
        """The outputs of a signature."""
        with nullcontext() if self._started else backend.quiet():  # it logs its delegate
            self._started = True
            return self.runners[name](**inputs)

    def table(self) -> dict[str, Any]:
        """Its signatures as plain data, as `saved_model.table` returns them."""
        found = {}
        for name in sorted(self.signatures):
            runner = self.runners[name]
            found[name] = {
                "inputs": _tensors(runner.get_input_details()),
                "outputs": _tensors(runner.get_output_details()),
            }
        return found


def _tensors(details: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {"type": np.dtype(detail["dtype"]).name, "shape": [int(n) for n in detail["shape"]]}
        for name, detail in sorted(details.items())
    }
