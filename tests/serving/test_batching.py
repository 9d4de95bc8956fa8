"""Errors that a busy server or another client's request causes, as measured on a real server."""

import grpc
import numpy as np
import pytest

from coverzoo.errors import UserError
from coverzoo.serving.client import Client
from coverzoo.serving.sampler import generate_covers

# What a server with batching answered to valid requests, beside a client with bad ones.
DIFFERENT_SHAPES = (
    "Tensors with name 'sample_audio_audio:0' from different tasks have different shapes and "
    "padding is turned off. Set pad_variable_length_inputs to true, or ensure that all tensors "
    "with the same name have equal dimensions starting with the first dim."
)
DAMAGED_JPEG = "Invalid JPEG data or crop window, data size 11"
EXHAUSTED = "Server Threadpool Exhausted"

ERRORS = [
    (grpc.StatusCode.INVALID_ARGUMENT, DIFFERENT_SHAPES),
    (grpc.StatusCode.INVALID_ARGUMENT, DAMAGED_JPEG),
    (grpc.StatusCode.INVALID_ARGUMENT, "Invalid JPEG data, size 11"),
    (grpc.StatusCode.INVALID_ARGUMENT, "image_bytes: neither a JPEG nor a PNG file"),
    (grpc.StatusCode.RESOURCE_EXHAUSTED, EXHAUSTED),
]
METADATA = {
    "sample": {
        "inputs": {
            "z": {"dtype": "DT_FLOAT", "tensor_shape": {"dim": [{"size": "-1"}, {"size": "3"}]}}
        },
        "outputs": {"image": {"dtype": "DT_FLOAT", "tensor_shape": {"dim": [{"size": "-1"}]}}},
    }
}


@pytest.fixture(scope="module")
def server(exported, grpc_server):
    with grpc_server(exported("gan", True).folder) as server:
        yield server


@pytest.fixture
def rest_server(http_server):
    """A REST server that answers predict requests by a list, the last answer repeatedly."""

    def rest_server(*answers):
        remaining = list(answers)

        def answer(method, path, body):
            if method == "GET":
                return 200, {"metadata": {"signature_def": {"signature_def": METADATA}}}
            return remaining.pop(0) if len(remaining) > 1 else remaining[0]

        return http_server(answer)

    return rest_server


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error[1][:25])
def test_a_valid_request_is_retried_by_grpc(server, tracks, waits, error):
    with Client(server.url, "cover") as client:
        expected = generate_covers(client, tracks[:1], count=2)
        server.failures = [error, error]

        covers = generate_covers(client, tracks[:1], count=2)

    np.testing.assert_array_equal(covers, expected)
    assert len(waits) == 2


@pytest.mark.parametrize(
    "error",
    [(400, DIFFERENT_SHAPES), (400, DAMAGED_JPEG), (429, EXHAUSTED)],
    ids=lambda error: error[1][:25],
)
def test_a_valid_request_is_retried_by_rest(rest_server, waits, error):
    status, text = error
    server = rest_server((status, {"error": text}), (200, {"outputs": [0.5]}))

    got = Client(server.url, "cover").predict("sample", {"z": [[1, 2, 3]]})

    np.testing.assert_array_equal(got["image"], np.float32([0.5]))
    assert len(waits) == 1


def test_retries_are_bounded_and_the_message_names_the_possible_cause(rest_server, waits):
    server = rest_server((400, {"error": DAMAGED_JPEG}))

    with pytest.raises(UserError) as caught:
        Client(server.url, "cover", retries=2).predict("sample", {"z": [[1, 2, 3]]})

    assert str(caught.value) == (
        f"{server.url}, model cover: refused: {DAMAGED_JPEG}, tried 3 times. "
        "The request passed the client's checks; a server with batching also refuses it for "
        "another client's bad request. Serve untrusted clients without batching"
    )
    assert len(waits) == 2


def test_other_refusals_are_not_retried(rest_server, waits):
    server = rest_server((400, {"error": "Matrix size-incompatible: In[0]: [1,2], In[1]: [3,48]"}))

    with pytest.raises(UserError, match="refused: Matrix size-incompatible"):
        Client(server.url, "cover").predict("sample", {"z": [[1, 2, 3]]})

    assert waits == []
