"""The REST client with answers recorded of a real TF Serving, replayed on loopback."""

import json

import numpy as np
import pytest

from coverzoo.errors import UserError
from coverzoo.serving.client import Client
from coverzoo.serving.rest import Rest
from coverzoo.serving.signatures import Signature, TensorSpec

Z = [[0.1, 0.2, 0.3], [1, 0, -1]]


@pytest.fixture
def recorded(real_data, http_server):
    """A server that replays recorded answers; `exchanges` holds them by their notes."""
    file = real_data / "tfserving" / "rest.json"
    if not file.is_file():
        pytest.skip(f"needs recorded answers of a real server: no {file}")
    exchanges = json.loads(file.read_text())["exchanges"]

    def answer(method, path, body):
        for exchange in exchanges:
            request, response = exchange["request"], exchange["response"]
            if (request["method"], request["path"], request["body"]) == (method, path, body):
                return response["status"], response.get("json", response.get("text"))
        return 500, {"error": f"not recorded: {method} {path} {body}"}

    server = http_server(answer)
    server.exchanges = {exchange["note"]: exchange for exchange in exchanges}
    return server


def recorded_answer(server, note):
    return server.exchanges[note]["response"]["json"]


def test_signatures_are_read_from_a_real_server_s_metadata(recorded):
    offered = Client(recorded.url, "cover").signatures()

    assert list(offered) == ["sample", "sample_audio", "sample_seeded", "serving_default"]
    assert offered["sample_audio"] == Signature(
        {
            "audio": TensorSpec("float32", (None, 5)),
            "strength": TensorSpec("float32", (None,)),
            "z": TensorSpec("float32", (None, 3)),
        },
        {"image": TensorSpec("float32", (None, 4, 4, 3))},
    )
    assert offered["sample_seeded"].inputs == {"seeds": TensorSpec("int64", (None,))}
    assert offered["sample_seeded"].outputs == {"image_bytes": TensorSpec("string", (None,))}


@pytest.mark.parametrize("row_format", [False, True], ids=["columns", "rows"])
def test_two_outputs_keep_their_names(recorded, row_format):
    got = Client(recorded.url, "cover", row_format=row_format).predict("serving_default", {"z": Z})

    answer = recorded_answer(recorded, "column form, default signature")["outputs"]
    assert got.keys() == {"image", "image_uint8"}
    assert got["image"].dtype == np.float32
    assert got["image_uint8"].dtype == np.uint8
    np.testing.assert_array_equal(got["image"], np.float32(answer["image"]))
    np.testing.assert_array_equal(got["image_uint8"], answer["image_uint8"])


@pytest.mark.parametrize("row_format", [False, True], ids=["columns", "rows"])
def test_a_single_output_is_returned_by_its_name(recorded, row_format):
    rows = 1 if row_format else 2  # those of the recorded request
    inputs = {
        "z": Z[:rows],
        "audio": [[1, 2, 3, 4, 5], [0, 0, 0, 0, 0]][:rows],
        "strength": [1.0, 0.5][:rows],
    }
    got = Client(recorded.url, "cover", row_format=row_format).predict("sample_audio", inputs)

    answer = recorded_answer(recorded, "column form, single output")["outputs"]
    np.testing.assert_array_equal(got["image"], np.float32(answer[:rows]))


@pytest.mark.parametrize("row_format", [False, True], ids=["columns", "rows"])
def test_png_files_are_decoded_from_base64(recorded, row_format):
    transport = Rest(
        recorded.url, recorded.url, "cover", 1 if row_format else None, 30.0, row_format
    )
    signature = Client(recorded.url, "cover").signature("sample_seeded")
    seeds = {"seeds": np.array([3, 8])}

    (found,) = transport.predict("sample_seeded", signature, seeds, ["image_bytes"]).values()

    assert [item[:8] for item in found] == [b"\x89PNG\r\n\x1a\n"] * 2
    assert found[0] != found[1]


@pytest.mark.parametrize(
    ("note", "name", "inputs", "text"),
    [
        ("wrong width", "serving_default", {"z": [[1, 2]]}, r"Matrix size-incompatible: In\[0\]"),
        ("unknown input", "serving_default", {"q": [[1, 2, 3]]}, "does not have named input: q"),
        ("unknown signature", "nope", {"z": Z[:1]}, 'signature name: "nope" not found'),
        ("missing input", "sample_audio", {"z": Z[:1]}, "must be equal to: audio,strength,z"),
        ("empty batch", "serving_default", {"z": np.zeros((0, 3))}, "No values in 'instances'"),
    ],
)
def test_a_refusal_quotes_the_server_on_one_line(recorded, note, name, inputs, text, waits):
    transport = Rest(recorded.url, recorded.url, "cover", None, 30.0, row_format=True)
    signature = Client(recorded.url, "cover").signature("sample")
    arrays = {key: np.float32(value) for key, value in inputs.items()}

    with pytest.raises(UserError, match=text) as caught:
        transport.predict(name, signature, arrays, ["image"])

    quoted = " ".join(recorded_answer(recorded, note)["error"].split())
    assert str(caught.value) == f"{recorded.url}, model cover: refused: {quoted}"
    assert waits == []  # the same request would be refused again


def test_an_unknown_model_and_an_unknown_version_are_named(recorded, waits):
    def metadata(path):
        transport = Rest(recorded.url, recorded.url, "nobody", None, 30.0)
        transport.address = recorded.url + path
        transport._request("GET", "")

    signature = Signature({"z": TensorSpec("float32", (None, 3))}, {})
    with pytest.raises(UserError, match=r"has no model 'nobody' ready \(Could not find any"):
        metadata("/v1/models/nobody")
    nobody = Rest(recorded.url, recorded.url, "nobody", None, 30.0, row_format=True)
    with pytest.raises(UserError, match=r"has no model 'nobody' ready \(Servable not found"):
        nobody.predict("serving_default", signature, {"z": np.float32(Z[:1])}, [])
    other = Rest(recorded.url, recorded.url, "cover", 9, 30.0)
    with pytest.raises(UserError, match="has no version 9 of a model 'cover' ready"):
        other._request("GET", "")
    assert waits == []


def test_a_wrong_address_is_distinguished_from_an_unknown_model(recorded):
    transport = Rest(recorded.url, recorded.url, "cover", None, 30.0)
    transport.address = recorded.url

    with pytest.raises(UserError, match=r"does not answer as TF Serving does \(HTTP 404"):
        transport._request("GET", "/nothing")
