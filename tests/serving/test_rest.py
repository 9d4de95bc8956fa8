"""The REST client with answers that were not recorded of a real server."""

import json
import subprocess
import sys
import threading

import numpy as np
import pytest

from coverzoo.errors import UserError
from coverzoo.serving.client import Client
from coverzoo.serving.rest import _to_json

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
    """Metadata, and answers to `predict` in turn, the last one repeatedly."""
    remaining = list(answers)

    def answer(method, path, body):
        if method == "GET":
            return 200, {"metadata": {"signature_def": METADATA}}
        return remaining.pop(0) if len(remaining) > 1 else remaining[0]

    return answer


def test_a_request_has_columns_and_the_fewest_digits(http_server):
    server = http_server(serve((200, {"outputs": [0.5]})))

    Client(server.url, "my cover", 7).predict("sample", {"z": np.float32([[0.1, 1e-20, 3]])})

    assert server.requests[0] == ("GET", "/v1/models/my%20cover/versions/7/metadata", None)
    assert server.requests[1] == (
        "POST",
        "/v1/models/my%20cover/versions/7:predict",
        {"signature_name": "sample", "inputs": {"z": [[0.1, 1e-20, 3.0]]}},
    )


def test_the_fewest_digits_are_the_same_float32():
    drawn = np.random.default_rng(0).integers(0, 2**32, 100_000, np.uint32).view(np.float32)
    numbers = np.concatenate([drawn[np.isfinite(drawn)], np.float32([0.0, -0.0, 1e-45, 3.4e38])])

    np.testing.assert_array_equal(np.float32(_to_json(numbers)), numbers)


def test_a_dropped_connection_is_retried(http_server, waits):
    server = http_server(serve((None, ""), (None, ""), (200, {"outputs": [0.5]})))

    got = Client(server.url, "cover").predict("sample", {"z": Z})

    np.testing.assert_array_equal(got["image"], np.float32([0.5]))
    assert len(waits) == 2


def test_a_connection_that_is_always_dropped_is_reported(http_server):
    server = http_server(serve((None, "")))

    with pytest.raises(UserError) as refusal:
        Client(server.url, "cover", retries=2).predict("sample", {"z": Z})

    assert str(refusal.value) == (
        f"{server.url}: the connection ended before the answer, tried 3 times. "
        "Is the server running, and is this its REST port, usually 8501?"
    )


@pytest.mark.parametrize(
    ("outputs", "reason"),
    [
        ([], "output image has 0 rows, expected 1"),
        ([0.5, 0.5], "output image has 2 rows, expected 1"),
        ([[0.5, 0.5]], "output image has shape (1, 2), expected float32 (B,)"),
    ],
)
def test_an_answer_of_another_shape_is_refused(http_server, outputs, reason):
    server = http_server(serve((200, {"outputs": outputs})))

    with pytest.raises(UserError) as refusal:
        Client(server.url, "cover").predict("sample", {"z": Z})

    assert str(refusal.value).endswith(f"signature sample: {reason}. Is the server TF Serving?")


def test_an_overloaded_server_is_retried(http_server, waits):
    full = (503, {"error": "The batch scheduling queue is full"})
    too_many = (429, {"error": "Server Threadpool Exhausted"})
    gateway = (502, "<html>bad gateway</html>")
    server = http_server(serve(full, gateway, too_many, (200, {"outputs": [0.5]})))

    got = Client(server.url, "cover").predict("sample", {"z": Z})

    np.testing.assert_array_equal(got["image"], np.float32([0.5]))
    assert len(waits) == 3
    assert 0.125 <= waits[0] <= 0.25 <= waits[1] <= 0.5


@pytest.mark.parametrize(
    ("answer", "attempts", "message"),
    [
        (
            (503, {"error": "queue\nis full"}),
            3,
            r"available now \(queue is full\), tried 3 times. Req",
        ),
        ((500, {"error": "it broke"}), 1, "model cover: HTTP 500: it broke. See the server's log"),
        ((500, "<html>"), 1, "HTTP 500: HTTP 500 Internal Server Error"),
        ((429, {"error": "busy"}), 3, r"too many requests \(busy\), tried 3 times. Send fewer"),
        ((301, ""), 1, "HTTP 301"),
        ((504, {"error": "late"}), 1, "no answer within 30 s. Give a longer --timeout"),
        ((200, "<html>hello</html>"), 1, r"not answer as TF Serving does \(HTTP 200, text/html\)"),
        ((200, '{"outputs": [0.5'), 1, "does not answer as TF Serving does"),
        ((200, {"predictions": [0.5]}), 1, "the answer has another form than TF Serving's"),
        ((200, {"outputs": [[1.0], [2.0, 3.0]]}), 1, "the answer has another form"),
        ((200, {"outputs": "text"}), 1, "the answer has another form"),
        ((200, [1]), 1, "the answer has another form"),
        ((400, {"error": "x" * 5000}), 1, "refused: x{299}…$"),
    ],
)
def test_the_message_of_a_failed_request_is_one_line(http_server, answer, attempts, message):
    server = http_server(serve(answer))

    with pytest.raises(UserError, match=message) as caught:
        Client(server.url, "cover", retries=2).predict("sample", {"z": Z})

    assert str(caught.value).startswith(server.url)
    assert "\n" not in str(caught.value)
    assert len(server.requests) == 1 + attempts


@pytest.mark.parametrize("content", [{}, {"metadata": {}}, {"metadata": []}, [], 3])
def test_metadata_of_another_form_are_refused(http_server, content):
    server = http_server(lambda *_: (200, content))

    with pytest.raises(UserError, match="metadata: the answer has another form"):
        Client(server.url, "cover").signatures()


def test_a_refused_connection_is_retried_and_then_reported(http_server, waits):
    url = "http://127.0.0.1:9"  # the discard port, where no server runs

    with pytest.raises(
        UserError, match=r"no connection \(Connection refused\), tried 4 times. Is the server runn"
    ):
        Client(url, "cover").signatures()
    with pytest.raises(UserError, match="tried once"):
        Client(url, "cover", retries=0).signatures()
    assert len(waits) == 3


def test_a_slow_server_is_waited_for_until_the_timeout(http_server, waits):
    done = threading.Event()

    def answer(*_):
        done.wait(10)
        return 200, {}

    with pytest.raises(UserError, match=r"no answer within 0\.2 s"):
        Client(http_server(answer).url, "cover", timeout=0.2).signatures()
    done.set()
    assert waits == []


def test_a_port_without_http_is_reported(exported, grpc_server):
    with grpc_server(exported("gan", False).folder) as server:
        url = server.url.replace("grpc://", "http://")

        with pytest.raises(UserError, match=r"no HTTP answer \(.*REST has a port of its own"):
            Client(url, "cover").signatures()


def test_a_host_that_is_no_name_is_reported():
    with pytest.raises(UserError, match=r"^http://a\.\.b:1: no HTTP answer \(Failed to parse"):
        Client("http://a..b:1", "cover").signatures()


def test_a_password_in_the_address_is_not_shown():
    client = Client("http://me:secret@127.0.0.1:9/serving/", "cover", retries=0)

    assert str(client) == "http://127.0.0.1:9/serving, model cover"
    with pytest.raises(UserError) as caught:
        client.signatures()
    assert "secret" not in str(caught.value)


REST_WITHOUT_TENSORFLOW = """
import sys
from click.testing import CliRunner
from coverzoo.serving.cli import main

arguments = sys.argv[1:]
result = CliRunner().invoke(main, arguments)
assert result.exit_code == 0, (result.output, result.exception)
heavy = {"tensorflow", "keras", "grpc", "tensorflow_serving"} & set(sys.modules)
assert not heavy, heavy
"""


def test_rest_needs_no_tensorflow(http_server, tmp_path):
    metadata = json.loads(json.dumps(METADATA))
    outputs = metadata["signature_def"]["sample"]["outputs"]
    outputs["image"]["tensor_shape"]["dim"] += [{"size": "2"}, {"size": "2"}, {"size": "3"}]

    def answer(method, path, body):
        if method == "GET":
            return 200, {"metadata": {"signature_def": metadata}}
        return 200, {"outputs": np.zeros((len(body["inputs"]["z"]), 2, 2, 3)).tolist()}

    server = http_server(answer)
    arguments = ["--server", server.url, "--model", "cover", "--count", "9"]
    done = subprocess.run(
        [sys.executable, "-c", REST_WITHOUT_TENSORFLOW, *arguments, "--out-dir", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("*.png"))) == 9
    assert [len(body["inputs"]["z"]) for _, _, body in server.requests[1:]] == [8, 1]
