"""What a request may hold: inputs are checked against the signature."""

import io

import numpy as np
import pytest
from PIL import Image

from coverzoo.serving.signatures import (
    Signature,
    TensorSpec,
    check_outputs,
    checked_inputs,
    from_metadata,
)

SIGNATURE = Signature(
    {
        "audio": TensorSpec("float32", (None, 2)),
        "seeds": TensorSpec("int64", (None,)),
    },
    {"image": TensorSpec("float32", (None, 4, 4, 3))},
)
GOOD = {"audio": [[1, 2.5]], "seeds": [3]}
IMAGE_FILES = Signature({"image_bytes": TensorSpec("string", (None,))}, {})


def image_file(kind, size=(3, 2)):
    """The contents of an image file of noise."""
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    with io.BytesIO() as file:
        Image.fromarray(pixels).save(file, kind)
        return file.getvalue()


PNG, JPEG = image_file("png"), image_file("jpeg")


def test_inputs_are_converted_to_the_types_of_the_signature():
    made = checked_inputs(SIGNATURE, GOOD)

    assert {name: value.dtype.name for name, value in made.items()} == {
        "audio": "float32",
        "seeds": "int64",
    }
    np.testing.assert_array_equal(made["audio"], [[1, 2.5]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"audio": [[1.0]]}, r"audio has shape \(1, 1\), expected float32 \(B, 2\)"),
        ({"audio": [1.0, 2.0]}, r"audio has shape \(2,\), expected float32 \(B, 2\)"),
        ({"seeds": 3}, r"seeds has shape \(\), expected int64 \(B,\)"),
        ({"audio": [[1.0, np.nan]]}, r"audio: the value at \(0, 1\) is nan, not a finite float32"),
        ({"audio": [[-np.inf, 0]]}, r"the value at \(0, 0\) is -inf"),
        ({"audio": [[1e39, 0]]}, r"the value at \(0, 0\) is 1e\+39, not a finite float32"),
        ({"audio": [["a", "b"]]}, "audio: holds <U1, expected float32"),
        ({"audio": [[None, 1]]}, "audio: holds object, expected float32"),
        ({"audio": [[1, 2], [3]]}, "audio: its rows have different lengths"),
        ({"seeds": [1.5]}, "seeds: holds float64, expected int64"),
        ({"seeds": [True]}, "seeds: holds bool, expected int64"),
        ({"seeds": [2**63]}, "seeds: holds 9223372036854775808 … .* beyond int64"),
        ({"seeds": [1, 2]}, "different numbers of rows: audio 1, seeds 2"),
        ({"audio": np.zeros((0, 2)), "seeds": []}, "no rows; give at least one"),
        ({"z": [[1]]}, r"input z is unknown; it takes audio float32 \(B, 2\), seeds int64 \(B,\)"),
    ],
)
def test_inputs_that_do_not_fit_the_signature_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        checked_inputs(SIGNATURE, {**GOOD, **change})


@pytest.mark.parametrize("kind", ["int8", "int16", "uint16", "uint32", "uint64"])
def test_inputs_of_every_integer_type_are_converted(kind):
    info = {"dtype": f"DT_{kind.upper()}", "tensor_shape": {"dim": [{"size": "-1"}]}}
    signature = from_metadata({"f": {"inputs": {"x": info}}})["f"]

    assert checked_inputs(signature, {"x": [0, 7]})["x"].dtype == kind
    with pytest.raises(ValueError, match=f"input x: holds .* beyond {kind}"):
        checked_inputs(signature, {"x": [int(np.iinfo(kind).min) - 1]})


@pytest.mark.parametrize(
    ("spec", "value", "message"),
    [
        (TensorSpec("DT_BFLOAT16", (None,)), [1], "x: the client cannot send DT_BFLOAT16"),
        (TensorSpec("float32", ()), 1, "x has no batch axis, which the client needs"),
        (TensorSpec("string", (None,)), 3, "x: expected a list of bytes, one per row"),
    ],
)
def test_inputs_that_the_client_cannot_send_are_refused(spec, value, message):
    with pytest.raises(ValueError, match=message):
        checked_inputs(Signature({"x": spec}, {}), {"x": value})


def test_a_signature_without_inputs_is_refused():
    with pytest.raises(ValueError, match="no rows; give at least one"):
        checked_inputs(Signature({}, {}), {})


def test_an_output_without_a_batch_axis_is_refused():
    with pytest.raises(ValueError, match="output y has no rows, expected 2"):
        check_outputs(Signature({}, {"y": TensorSpec("int64", ())}), {"y": np.array(1)}, 2)


def test_a_missing_input_is_named():
    with pytest.raises(ValueError, match="input seeds is missing; it takes audio"):
        checked_inputs(SIGNATURE, {"audio": [[1, 2]]})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            [b"x" * 10_000_000],
            "row 0, 10000000 bytes: not a JPEG or PNG file; it starts with b'xxxxx",
        ),
        ([PNG, b""], "row 1, 0 bytes: not a JPEG or PNG file"),
        ([PNG[:50]], r"row 0, \d+ bytes: a damaged image file"),
        ([JPEG[:-50]], r"row 0, \d+ bytes: a damaged image file"),
        ([b"\xff\xd8\xffxxxxxxx"], "row 0, 10 bytes: a damaged image file"),
        ([image_file("png", (4097, 4096))], "an image of more than 16777216 pixels; shrink it"),
        (["text"], "row 0 is str, expected bytes"),
        (PNG, "expected a list of bytes, one per row"),
        ([[PNG]], "row 0 is list, expected bytes"),
    ],
)
def test_files_that_are_not_images_are_refused(value, message):
    with pytest.raises(ValueError, match=message):
        checked_inputs(IMAGE_FILES, {"image_bytes": value})


def test_image_files_are_sent_unchanged():
    files = [PNG, JPEG]

    assert list(checked_inputs(IMAGE_FILES, {"image_bytes": files})["image_bytes"]) == files


def test_the_initialisation_of_a_saved_model_is_not_a_signature():
    assert (
        from_metadata({"__saved_model_init_op": {"outputs": {"x": {"dtype": "DT_INVALID"}}}}) == {}
    )
