"""The REST side against answers made by hand, such as a real server was not seen to give."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from coverzoo.errors import UserError
from coverzoo.serving.client import Client
from coverzoo.serving.rest import _to_json

ROOT = Path(__file__).resolve().parents[2]
Z = [[0.1, 0.2, 0.3]]

METADATA = {
    "signature_def": {
        "sample": {
            "inputs": {
                "z": {
                    "dtype": "DT_FLOAT",
                    "tensor_shape": {"dim": [{"size": "-1"}, {"size": "3"}]},
                }
            },
            "outputs": {
                "image": {"dtype": "DT_FLOAT", "tensor_shape": {"dim": [{"size": "-1"}]}},
            },
        }
    }
}


def serve(*answers):
    """Metadata, then the answers to `predict`, one after another, the last one for ever."""
    left = list(answers)

    def answer(method, path, body):
        if method == "GET":
            return 200, {"metadata": {"signature_def": METADATA}}
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


def test_the_question_has_columns_and_the_fewest_digits(web):
    server = web(serve((200, {"outputs": [0.5]})))

    Client(server.url, "my cover", 7).predict("sample", {"z": np.float32([[0.1, 1e-20, 3]])})

    assert server.asked[0] == ("GET", "/v1/models/my%20cover/versions/7/metadata", None)
    assert server.asked[1] == (
        "POST",
        "/v1/models/my%20cover/versions/7:predict",
        {"signature_name": "sample", "inputs": {"z": [[0.1, 1e-20, 3.0]]}},
    )


def test_the_fewest_digits_are_the_same_float32():
    drawn = np.random.default_rng(0).integers(0, 2**32, 100_000, np.uint32).view(np.float32)
    numbers = np.concatenate([drawn[np.isfinite(drawn)], np.float32([0.0, -0.0, 1e-45, 3.4e38])])

    np.testing.assert_array_equal(np.float32(_to_json(numbers)), numbers)


def test_a_server_that_hangs_up_is_asked_again(web, waits):
    server = web(serve((None, ""), (None, ""), (200, {"outputs": [0.5]})))

    got = Client(server.url, "cover").predict("sample", {"z": Z})

    np.testing.assert_array_equal(got["image"], np.float32([0.5]))
    assert len(waits) == 2


def test_one_that_hangs_up_for_good_is_told(web):
    server = web(serve((None, "")))

    with pytest.raises(UserError) as refusal:
        Client(server.url, "cover", retries=2).predict("sample", {"z": Z})

    assert str(refusal.value) == (
        f"{server.url}: the connection ended before the answer, tried 3 times. "
        "Is the server running, and is this its REST port, usually 8501?"
    )


@pytest.mark.parametrize(
    ("outputs", "told"),
    [
        ([], "output image has 0 rows, 1 were asked for"),
        ([0.5, 0.5], "output image has 2 rows, 1 were asked for"),
        ([[0.5, 0.5]], "output image has shape (1, 2), expected float32 (B,)"),
    ],
)
def test_an_answer_of_another_shape_is_refused(web, outputs, told):
    server = web(serve((200, {"outputs": outputs})))

    with pytest.raises(UserError) as refusal:
        Client(server.url, "cover").predict("sample", {"z": Z})

    assert str(refusal.value).endswith(f"signature sample: {told}. Is another program there?")


def test_an_overloaded_server_is_asked_again(web, waits):
    full = (503, {"error": "The batch scheduling queue is full"})
    server = web(serve(full, (502, "<html>bad gateway</html>"), (200, {"outputs": [0.5]})))

    got = Client(server.url, "cover").predict("sample", {"z": Z})

    np.testing.assert_array_equal(got["image"], np.float32([0.5]))
    assert len(waits) == 2
    assert 0.125 <= waits[0] <= 0.25 <= waits[1] <= 0.5


@pytest.mark.parametrize(
    ("answer", "asked", "message"),
    [
        ((503, {"error": "queue\nis full"}), 3, r"not now \(queue is full\), tried 3 times. Ask"),
        ((500, {"error": "it broke"}), 1, "model cover: HTTP 500: it broke. The server's log"),
        ((500, "<html>"), 1, "HTTP 500: HTTP 500 Internal Server Error"),
        ((429, {"error": "too much"}), 1, "HTTP 429: too much"),
        ((301, ""), 1, "HTTP 301"),
        ((504, {"error": "late"}), 1, "no answer within 30 s. Give a longer --timeout"),
        ((200, "<html>hello</html>"), 1, r"not answer as TF Serving does \(HTTP 200, text/html\)"),
        ((200, '{"outputs": [0.5'), 1, "does not answer as TF Serving does"),
        ((200, {"predictions": [0.5]}), 1, "an answer of another form than TF Serving's"),
        ((200, {"outputs": [[1.0], [2.0, 3.0]]}), 1, "an answer of another form"),
        ((200, {"outputs": "text"}), 1, "an answer of another form"),
        ((200, [1]), 1, "an answer of another form"),
        ((400, {"error": "x" * 5000}), 1, "refused: x{299}…$"),
    ],
)
def test_an_answer_that_is_none_is_one_line(web, answer, asked, message):
    server = web(serve(answer))

    with pytest.raises(UserError, match=message) as caught:
        Client(server.url, "cover", retries=2).predict("sample", {"z": Z})

    assert str(caught.value).startswith(server.url)
    assert "\n" not in str(caught.value)
    assert len(server.asked) == 1 + asked


@pytest.mark.parametrize("told", [{}, {"metadata": {}}, {"metadata": []}, [], 3])
def test_metadata_of_another_form_are_refused(web, told):
    server = web(lambda *_: (200, told))

    with pytest.raises(UserError, match="metadata: an answer of another form"):
        Client(server.url, "cover").signatures()


def test_nobody_there_is_tried_again_and_then_told(web, waits):
    url = "http://127.0.0.1:9"  # discard: nobody listens

    with pytest.raises(
        UserError, match=r"no connection \(Connection refused\), tried 4 times. Is the server runn"
    ):
        Client(url, "cover").signatures()
    with pytest.raises(UserError, match="tried once"):
        Client(url, "cover", retries=0).signatures()
    assert len(waits) == 3


def test_a_slow_server_is_not_waited_for(web, waits):
    done = threading.Event()

    def answer(*_):
        done.wait(10)
        return 200, {}

    with pytest.raises(UserError, match=r"no answer within 0\.2 s"):
        Client(web(answer).url, "cover", timeout=0.2).signatures()
    done.set()
    assert waits == []


def test_a_port_that_does_not_speak_http_is_told(exported, loopback):
    with loopback(exported("gan", False).folder) as server:
        url = server.url.replace("grpc://", "http://")

        with pytest.raises(UserError, match=r"no HTTP answer \(.*REST has a port of its own"):
            Client(url, "cover").signatures()


def test_a_password_in_the_address_is_not_shown():
    client = Client("http://me:secret@127.0.0.1:9/serving/", "cover", retries=0)

    assert str(client) == "http://127.0.0.1:9/serving, model cover"
    with pytest.raises(UserError) as caught:
        client.signatures()
    assert "secret" not in str(caught.value)


WITHOUT = """
import sys
from click.testing import CliRunner
from coverzoo.serving.cli import main

arguments = sys.argv[1:]
result = CliRunner().invoke(main, arguments)
assert result.exit_code == 0, (result.output, result.exception)
heavy = {"tensorflow", "keras", "grpc", "tensorflow_serving"} & set(sys.modules)
assert not heavy, heavy
"""


def test_rest_needs_no_tensorflow(web, tmp_path):
    metadata = json.loads(json.dumps(METADATA))
    outputs = metadata["signature_def"]["sample"]["outputs"]
    outputs["image"]["tensor_shape"]["dim"] += [{"size": "2"}, {"size": "2"}, {"size": "3"}]

    def answer(method, path, body):
        if method == "GET":
            return 200, {"metadata": {"signature_def": metadata}}
        return 200, {"outputs": np.zeros((len(body["inputs"]["z"]), 2, 2, 3)).tolist()}

    server = web(answer)
    arguments = ["--server", server.url, "--model", "cover", "--count", "9"]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, *arguments, "--out-dir", str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("*.png"))) == 9
    assert [len(body["inputs"]["z"]) for _, _, body in server.asked[1:]] == [8, 1]
