"""The client's checks before it sends, and its messages for gRPC errors."""

import io
import sys

import grpc
import numpy as np
import pytest
from PIL import Image
from tensorflow.core.framework.tensor_pb2 import TensorProto
from tensorflow_serving.apis import get_model_metadata_pb2, predict_pb2

from coverzoo.errors import UserError, install_command
from coverzoo.export import image_files
from coverzoo.serving.client import Client
from coverzoo.serving.signatures import (
    MAX_PIXELS,
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


@pytest.mark.parametrize(
    "server",
    [
        "localhost:8501",
        "ftp://localhost",
        "http://",
        "grpc://localhost",
        "grpc://a:1/b",
        "http://a:b",
    ],
)
def test_an_invalid_address_is_refused(server):
    with pytest.raises(UserError, match=r"--server .* expected http://HOST:8501 for REST"):
        Client(server, "cover")


@pytest.mark.parametrize(
    ("server", "shown"),
    [
        ("grpc://user:secret@host", "grpc://host"),
        ("http://user:sec/secret@host:1", "http://host:1"),
        ("user:secret@host:8501", "host:8501"),
        ("grpc://user:secret@host:8500", "grpc://host:8500"),
        ("http://user:1#secret@host", "http://host"),
        ("http://user:1?secret@host", "http://host"),
    ],
)
def test_an_invalid_address_is_shown_without_its_password(server, shown):
    with pytest.raises(UserError) as caught:
        Client(server, "cover")

    assert str(caught.value) == (
        f"--server {shown}: expected http://HOST:8501 for REST, or grpc://HOST:8500, without a "
        "password, for gRPC"
    )


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        *(
            ("timeout", value, "timeout: expected a number above 0, up to 1000000. Received: ")
            for value in (0, -1.0, np.nan, np.inf, 1e9, "30", True)
        ),
        *(
            ("retries", value, "retries: expected a whole number, 0 or more. Received: ")
            for value in (-1, 1.5, None)
        ),
        *(
            ("version", value, "version: expected a whole number from 0 to 9223372036854775807.")
            for value in (-1, 2**63, "1")
        ),
    ],
)
def test_arguments_out_of_range_are_refused(argument, value, message):
    with pytest.raises(UserError, match=f"^{message}"):
        Client("http://127.0.0.1:9", "cover", **{argument: value})


@pytest.fixture(scope="module")
def server(exported, grpc_server):
    with grpc_server(exported("gan", True).folder) as server:
        yield server


def test_the_message_of_an_unknown_signature_or_output_lists_those_there_are(server):
    with Client(server.url, "cover") as client:
        with pytest.raises(UserError, match=r"has no signature 'nope'\. It has: sample, sample_a"):
            client.predict("nope", {})
        with pytest.raises(UserError, match=r"no output 'code'\. It has: image, image_uint8"):
            client.predict("sample", {"z": np.zeros((1, 5))}, ["code"])


def test_the_message_of_a_wrong_shape_names_server_model_and_signature(server):
    with Client(server.url, "cover", 3) as client, pytest.raises(UserError) as caught:
        client.predict("sample", {"z": np.zeros((1, 4))})

    assert str(caught.value) == (
        f"{server.url}, model cover version 3, signature sample: "
        "input z has shape (1, 4), expected float32 (B, 5)"
    )


def test_only_requested_outputs_are_sent(server):
    with Client(server.url, "cover") as client:
        got = client.predict("sample", {"z": np.zeros((2, 5))}, ["image_uint8"])

    assert got.keys() == {"image_uint8"}
    assert list(server.requests[-1].output_filter) == ["image_uint8"]


@pytest.mark.parametrize(
    ("model", "version", "message"),
    [
        ("nobody", None, r"has no model 'nobody' ready \(Servable not found for request: Latest"),
        ("cover", 9, r"has no version 9 of a model 'cover' ready .* leave --model-version out"),
    ],
)
def test_an_unknown_model_or_version_is_named(server, waits, model, version, message):
    with Client(server.url, model, version) as client, pytest.raises(UserError, match=message):
        client.signatures()
    assert waits == []


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("UNAVAILABLE", r"not available \(as in a test\), tried 3 times. Is the server running"),
        ("RESOURCE_EXHAUSTED", r"too many requests \(as in a test\), tried 3 times. Send fewer"),
        ("INTERNAL", "model cover: INTERNAL: as in a test. See the server's log"),
        ("INVALID_ARGUMENT", "model cover: refused: as in a test"),
        ("DEADLINE_EXCEEDED", "no answer within 30 s"),
    ],
)
def test_the_message_of_a_status_is_one_line(server, waits, code, message):
    server.failures = [(grpc.StatusCode[code], "as in a test")] * 3
    try:
        with (
            Client(server.url, "cover", retries=2) as client,
            pytest.raises(UserError, match=message),
        ):
            client.signatures()
    finally:
        server.failures = []
    assert len(waits) == (2 if code in ("UNAVAILABLE", "RESOURCE_EXHAUSTED") else 0)


def metadata(content):
    """An answer that holds these bytes as the signatures."""
    answer = get_model_metadata_pb2.GetModelMetadataResponse()
    answer.metadata["signature_def"].Pack(get_model_metadata_pb2.SignatureDefMap())
    answer.metadata["signature_def"].value = content
    return answer


def predicted(**outputs):
    """An answer to `predict` with these outputs."""
    return predict_pb2.PredictResponse(outputs=outputs)


UNTYPED = get_model_metadata_pb2.SignatureDefMap()
UNTYPED.signature_def["sample"].inputs["z"].name = "z"


@pytest.mark.parametrize(
    ("method", "answer", "subject", "error"),
    [
        ("GetModelMetadata", metadata(b"\xff"), "metadata", "DecodeError"),
        ("GetModelMetadata", metadata(UNTYPED.SerializeToString()), "metadata", "KeyError"),
        ("Predict", predicted(), "signature sample", "TypeError"),
        (
            "Predict",
            predicted(image=TensorProto(dtype="DT_FLOAT", tensor_content=b"123")),
            "signature sample",
            "ValueError",
        ),
    ],
)
def test_an_answer_of_another_form_is_reported(server, monkeypatch, method, answer, subject, error):
    with Client(server.url, "cover") as client:
        monkeypatch.setattr(client._transport.stub, method, lambda *_, **__: answer)

        with pytest.raises(UserError) as caught:
            client.predict("sample", {"z": np.zeros((1, 5))}, ["image"])

    assert str(caught.value).startswith(
        f"{server.url}, model cover: {subject}: the answer has another form than TF Serving's "
        f"({error}: "
    )
    assert "\n" not in str(caught.value)


def test_a_refused_connection_is_reported():
    with (
        Client("grpc://127.0.0.1:9", "cover", retries=0) as client,
        pytest.raises(UserError, match=r"not available .*refused.* tried once. Is the server runn"),
    ):
        client.signatures()


@pytest.mark.parametrize(
    ("address", "module", "missing"),
    [
        ("grpc://127.0.0.1:9", "coverzoo.serving.rpc", "tensorflow_serving.apis"),
        ("http://127.0.0.1:9", "coverzoo.serving.rest", "requests"),
    ],
)
def test_a_missing_library_names_the_extra(monkeypatch, address, module, missing):
    monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setitem(sys.modules, missing, None)

    with pytest.raises(UserError) as caught:
        Client(address, "cover")

    assert str(caught.value).startswith(f"{address}: needs {missing}")
    assert str(caught.value).endswith(f": {install_command('serving')}")


def test_the_limit_of_pixels_is_that_of_the_exported_models():
    assert image_files.MAX_PIXELS == MAX_PIXELS
