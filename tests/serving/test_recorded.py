"""The REST side against what a real TF Serving answered, replayed on loopback."""

import json

import numpy as np
import pytest

from coverzoo.errors import UserError
from coverzoo.serving.client import Client
from coverzoo.serving.rest import Rest
from coverzoo.serving.signatures import Signature, Tensor

Z = [[0.1, 0.2, 0.3], [1, 0, -1]]


@pytest.fixture
def recorded(real_data, web):
    """A server that replays what a real one answered, and the exchanges by their notes."""
    file = real_data / "tfserving" / "rest.json"
    if not file.is_file():
        pytest.skip(f"needs what a real server answered: no {file}")
    exchanges = json.loads(file.read_text())["exchanges"]

    def answer(method, path, body):
        for exchange in exchanges:
            asked, told = exchange["request"], exchange["response"]
            if (asked["method"], asked["path"], asked["body"]) == (method, path, body):
                return told["status"], told.get("json", told.get("text"))
        return 500, {"error": f"nobody recorded {method} {path} {body}"}

    server = web(answer)
    server.exchanges = {exchange["note"]: exchange for exchange in exchanges}
    return server


def recorded_answer(server, note):
    return server.exchanges[note]["response"]["json"]


def test_signatures_are_read_from_a_real_server_s_metadata(recorded):
    offered = Client(recorded.url, "cover").signatures()

    assert list(offered) == ["sample", "sample_audio", "sample_seeded", "serving_default"]
    assert offered["sample_audio"] == Signature(
        {
            "audio": Tensor("float32", (None, 5)),
            "strength": Tensor("float32", (None,)),
            "z": Tensor("float32", (None, 3)),
        },
        {"image": Tensor("float32", (None, 4, 4, 3))},
    )
    assert offered["sample_seeded"].inputs == {"seeds": Tensor("int64", (None,))}
    assert offered["sample_seeded"].outputs == {"image_bytes": Tensor("string", (None,))}


@pytest.mark.parametrize("by_row", [False, True], ids=["columns", "rows"])
def test_two_outputs_keep_their_names(recorded, by_row):
    got = Client(recorded.url, "cover", by_row=by_row).predict("serving_default", {"z": Z})

    told = recorded_answer(recorded, "column form, default signature")["outputs"]
    assert got.keys() == {"image", "image_uint8"}
    assert got["image"].dtype == np.float32
    assert got["image_uint8"].dtype == np.uint8
    np.testing.assert_array_equal(got["image"], np.float32(told["image"]))
    np.testing.assert_array_equal(got["image_uint8"], told["image_uint8"])


@pytest.mark.parametrize("by_row", [False, True], ids=["columns", "rows"])
def test_a_single_output_gets_its_name_back(recorded, by_row):
    rows = 1 if by_row else 2  # as was asked when it was recorded
    inputs = {
        "z": Z[:rows],
        "audio": [[1, 2, 3, 4, 5], [0, 0, 0, 0, 0]][:rows],
        "strength": [1.0, 0.5][:rows],
    }
    got = Client(recorded.url, "cover", by_row=by_row).predict("sample_audio", inputs)

    told = recorded_answer(recorded, "column form, single output")["outputs"]
    np.testing.assert_array_equal(got["image"], np.float32(told[:rows]))


@pytest.mark.parametrize("by_row", [False, True], ids=["columns", "rows"])
def test_png_files_come_out_of_base64(recorded, by_row):
    transport = Rest(recorded.url, recorded.url, "cover", 1 if by_row else None, 30.0, by_row)
    signature = Client(recorded.url, "cover").signature("sample_seeded")
    seeds = {"seeds": np.array([3, 8])}

    (found,) = transport.predict("sample_seeded", signature, seeds, ["image_bytes"]).values()

    assert [item[:8] for item in found] == [b"\x89PNG\r\n\x1a\n"] * 2
    assert found[0] != found[1]


@pytest.mark.parametrize(
    ("note", "name", "inputs", "words"),
    [
        ("wrong width", "serving_default", {"z": [[1, 2]]}, r"Matrix size-incompatible: In\[0\]"),
        ("unknown input", "serving_default", {"q": [[1, 2, 3]]}, "does not have named input: q"),
        ("unknown signature", "nope", {"z": Z[:1]}, 'signature name: "nope" not found'),
        ("missing input", "sample_audio", {"z": Z[:1]}, "must be equal to: audio,strength,z"),
        ("empty batch", "serving_default", {"z": np.zeros((0, 3))}, "No values in 'instances'"),
    ],
)
def test_what_a_real_server_refuses_is_one_line_in_its_words(
    recorded, note, name, inputs, words, waits
):
    transport = Rest(recorded.url, recorded.url, "cover", None, 30.0, by_row=True)
    signature = Client(recorded.url, "cover").signature("sample")
    arrays = {key: np.float32(value) for key, value in inputs.items()}

    with pytest.raises(UserError, match=words) as caught:
        transport.predict(name, signature, arrays, ["image"])

    told = " ".join(recorded_answer(recorded, note)["error"].split())
    assert str(caught.value) == f"{recorded.url}, model cover: refused: {told}"
    assert waits == []  # what is refused once is refused again


def test_an_unknown_model_and_an_unknown_version_are_named(recorded, waits):
    def metadata(path):
        transport = Rest(recorded.url, recorded.url, "nobody", None, 30.0)
        transport.address = recorded.url + path
        transport._ask("GET", "")

    signature = Signature({"z": Tensor("float32", (None, 3))}, {})
    with pytest.raises(UserError, match=r"has no model 'nobody' ready \(Could not find any"):
        metadata("/v1/models/nobody")
    nobody = Rest(recorded.url, recorded.url, "nobody", None, 30.0, by_row=True)
    with pytest.raises(UserError, match=r"has no model 'nobody' ready \(Servable not found"):
        nobody.predict("serving_default", signature, {"z": np.float32(Z[:1])}, [])
    other = Rest(recorded.url, recorded.url, "cover", 9, 30.0)
    with pytest.raises(UserError, match="has no version 9 of a model 'cover' ready"):
        other._ask("GET", "")
    assert waits == []


def test_an_address_that_is_not_the_api_s_is_told_from_an_unknown_model(recorded):
    transport = Rest(recorded.url, recorded.url, "cover", None, 30.0)
    transport.address = recorded.url

    with pytest.raises(UserError, match=r"does not answer as TF Serving does \(HTTP 404"):
        transport._ask("GET", "/nothing")
