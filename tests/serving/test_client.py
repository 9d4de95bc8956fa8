"""The client's checks before it sends, and its messages for gRPC errors."""

import sys

import grpc
import numpy as np
import pytest
from tensorflow.core.framework.tensor_pb2 import TensorProto
from tensorflow_serving.apis import get_model_metadata_pb2, predict_pb2

from coverzoo.errors import UserError, install_command
from coverzoo.export import image_files
from coverzoo.serving.client import Client
from coverzoo.serving.signatures import (
    MAX_PIXELS,
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
