"""What a client checks before it sends, and how it tells what gRPC refuses."""

import sys

import grpc
import numpy as np
import pytest

from coverzoo.errors import UserError
from coverzoo.serving.client import Client
from coverzoo.serving.signatures import Signature, Tensor, fitted, from_metadata

SIGNATURE = Signature(
    {
        "audio": Tensor("float32", (None, 2)),
        "seeds": Tensor("int64", (None,)),
    },
    {"image": Tensor("float32", (None, 4, 4, 3))},
)
GOOD = {"audio": [[1, 2.5]], "seeds": [3]}
FILES = Signature({"image_bytes": Tensor("string", (None,))}, {})
PNG = b"\x89PNG\r\n\x1a\n and so on"


def test_what_fits_comes_in_the_signature_s_types():
    made = fitted(SIGNATURE, GOOD)

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
        ({"audio": [[1.0, np.nan]]}, r"audio: the value at \(0, 1\) is nan, no finite float32"),
        ({"audio": [[-np.inf, 0]]}, r"the value at \(0, 0\) is -inf"),
        ({"audio": [[1e39, 0]]}, r"the value at \(0, 0\) is 1e\+39, no finite float32"),
        ({"audio": [["a", "b"]]}, "audio: holds <U1, expected float32"),
        ({"audio": [[None, 1]]}, "audio: holds object, expected float32"),
        ({"audio": [[1, 2], [3]]}, "audio: its rows have different lengths"),
        ({"seeds": [1.5]}, "seeds: holds float64, expected int64"),
        ({"seeds": [True]}, "seeds: holds bool, expected int64"),
        ({"seeds": [2**63]}, "seeds: holds 9223372036854775808 … .* beyond int64"),
        ({"seeds": [1, 2]}, "different numbers of rows: audio 1, seeds 2"),
        ({"audio": np.zeros((0, 2)), "seeds": []}, "no rows; give one at least"),
        ({"z": [[1]]}, r"input z is unknown; it takes audio float32 \(B, 2\), seeds int64 \(B,\)"),
    ],
)
def test_what_does_not_fit_is_told_before_it_is_sent(change, message):
    with pytest.raises(ValueError, match=message):
        fitted(SIGNATURE, {**GOOD, **change})


def test_a_missing_input_is_told():
    with pytest.raises(ValueError, match="input seeds is missing; it takes audio"):
        fitted(SIGNATURE, {"audio": [[1, 2]]})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([b"x" * 10_000_000], "row 0, 10000000 bytes, is no JPEG or PNG file; it begins b'xxxxx"),
        ([PNG, b""], "row 1, 0 bytes, is no JPEG or PNG file"),
        (["text"], "row 0 is str, expected bytes"),
        (PNG, "expected a list of bytes, a row each"),
        ([[PNG]], "row 0 is list, expected bytes"),
    ],
)
def test_where_image_files_are_expected_others_are_refused(value, message):
    with pytest.raises(ValueError, match=message):
        fitted(FILES, {"image_bytes": value})


def test_image_files_pass_as_they_are():
    files = [PNG, b"\xff\xd8\xff\xe0 a jpeg"]

    assert list(fitted(FILES, {"image_bytes": files})["image_bytes"]) == files


def test_what_tensorflow_initialises_by_is_no_signature():
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
def test_an_address_that_is_none_is_told(server):
    with pytest.raises(UserError, match=r"--server .* expected http://HOST:8501 for REST"):
        Client(server, "cover")


@pytest.fixture(scope="module")
def server(exported, loopback):
    with loopback(exported("gan", True).folder) as server:
        yield server


def test_an_unknown_signature_or_output_is_told_with_those_there_are(server):
    with Client(server.url, "cover") as client:
        with pytest.raises(UserError, match=r"has no signature 'nope'\. It has: sample, sample_a"):
            client.predict("nope", {})
        with pytest.raises(UserError, match=r"no output 'code'\. It has: image, image_uint8"):
            client.predict("sample", {"z": np.zeros((1, 5))}, ["code"])


def test_a_shape_that_does_not_fit_names_server_model_and_signature(server):
    with Client(server.url, "cover", 3) as client, pytest.raises(UserError) as caught:
        client.predict("sample", {"z": np.zeros((1, 4))})

    assert str(caught.value) == (
        f"{server.url}, model cover version 3, signature sample: "
        "input z has shape (1, 4), expected float32 (B, 5)"
    )


def test_only_outputs_asked_for_are_sent(server):
    with Client(server.url, "cover") as client:
        got = client.predict("sample", {"z": np.zeros((2, 5))}, ["image_uint8"])

    assert got.keys() == {"image_uint8"}
    assert list(server.asked[-1].output_filter) == ["image_uint8"]


@pytest.mark.parametrize(
    ("model", "version", "message"),
    [
        ("nobody", None, r"has no model 'nobody' ready \(Servable not found for request: Latest"),
        ("cover", 9, r"has no version 9 of a model 'cover' ready .* leave --model-version out"),
    ],
)
def test_an_unknown_model_or_version_is_told(server, waits, model, version, message):
    with Client(server.url, model, version) as client, pytest.raises(UserError, match=message):
        client.signatures()
    assert waits == []


def test_an_unavailable_server_is_asked_again(server, waits):
    server.fails = [grpc.StatusCode.UNAVAILABLE] * 2

    with Client(server.url, "cover") as client:
        assert "sample" in client.signatures()
    assert len(waits) == 2


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("UNAVAILABLE", r"not available \(told to\), tried 3 times. Is the server running"),
        ("INTERNAL", "model cover: INTERNAL: told to. The server's log tells more"),
        ("INVALID_ARGUMENT", "model cover: refused: told to"),
        ("DEADLINE_EXCEEDED", "no answer within 30 s"),
    ],
)
def test_a_status_is_one_line(server, waits, code, message):
    server.fails = [grpc.StatusCode[code]] * 3
    try:
        with (
            Client(server.url, "cover", retries=2) as client,
            pytest.raises(UserError, match=message),
        ):
            client.signatures()
    finally:
        server.fails = []
    assert len(waits) == (2 if code == "UNAVAILABLE" else 0)


def test_nobody_there_is_told():
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

    with pytest.raises(UserError, match=rf"{missing}.*: pip install 'coverzoo\[serving\]'"):
        Client(address, "cover")
