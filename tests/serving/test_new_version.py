"""A client that runs while the server loads a version with other signatures."""

import numpy as np
import pytest

from coverzoo.errors import UserError
from coverzoo.serving import client as client_module
from coverzoo.serving.client import Client
from coverzoo.serving.sampler import generate_covers


def tensor(dtype, *sizes):
    return {"dtype": dtype, "tensor_shape": {"dim": [{"size": str(size)} for size in (-1, *sizes)]}}


def version(side=4, latent_dim=3, **more):
    """The metadata of a model without audio."""
    cover = {"image_uint8": tensor("DT_UINT8", side, side, 3)}
    return {"sample": {"inputs": {"z": tensor("DT_FLOAT", latent_dim)}, "outputs": cover}, **more}


@pytest.fixture
def server(http_server):
    """A REST server of a model whose version changes when `metadata` is assigned.

    It refuses z of another width as a real server does, and answers covers of zeros.
    """

    def answer(method, path, body):
        if method == "GET":
            return 200, {"metadata": {"signature_def": {"signature_def": server.metadata}}}
        name = body["signature_name"]
        if name not in server.metadata:
            return 400, {"error": f'Serving signature name: "{name}" not found in signature def'}
        z = np.array(body["inputs"]["z"])
        latent_dim, side = (
            int(server.metadata[name][group][key]["tensor_shape"]["dim"][1]["size"])
            for group, key in (("inputs", "z"), ("outputs", "image_uint8"))
        )
        if z.shape[1] != latent_dim:
            return 400, {"error": f"Matrix size-incompatible: In[0]: {list(z.shape)}"}
        if server.next_version:
            server.metadata = server.next_version.pop()
        return 200, {"outputs": np.zeros((len(z), side, side, 3), int).tolist()}

    server = http_server(answer)
    server.metadata, server.next_version = version(), []
    return server


def metadata_requests(server):
    return len([method for method, *_ in server.requests if method == "GET"])


def test_covers_of_another_size_are_accepted_once_the_signatures_are_read_again(server):
    client = Client(server.url, "cover")
    assert client.predict("sample", {"z": np.zeros((1, 3))})["image_uint8"].shape == (1, 4, 4, 3)

    server.metadata = version(side=2)

    got = client.predict("sample", {"z": np.zeros((1, 3))})
    assert got["image_uint8"].shape == (1, 2, 2, 3)
    assert metadata_requests(server) == 2


def test_an_input_of_the_new_width_is_accepted(server):
    client = Client(server.url, "cover")
    client.signatures()

    server.metadata = version(latent_dim=7)

    assert client.predict("sample", {"z": np.zeros((1, 7))})["image_uint8"].shape == (1, 4, 4, 3)


def test_an_input_of_the_former_width_is_refused_with_the_new_one(server):
    client = Client(server.url, "cover")
    client.signatures()

    server.metadata = version(latent_dim=7)

    with pytest.raises(UserError, match=r"z has shape \(1, 3\), expected float32 \(B, 7\)"):
        client.predict("sample", {"z": np.zeros((1, 3))})


def test_a_new_signature_is_found_and_a_removed_one_reported(server):
    client = Client(server.url, "cover")
    client.signatures()

    server.metadata = version(other=version()["sample"])
    assert client.signature("other")
    del server.metadata["sample"]

    with pytest.raises(UserError, match=r"has no signature 'sample'\. It has: other"):
        client.predict("sample", {"z": np.zeros((1, 3))})


def test_without_a_new_version_an_error_reads_the_signatures_once_more(server):
    client = Client(server.url, "cover")
    client.predict("sample", {"z": np.zeros((1, 3))})

    with pytest.raises(UserError, match=r"expected float32 \(B, 3\)"):
        client.predict("sample", {"z": np.zeros((1, 9))})

    assert metadata_requests(server) == 2
    with pytest.raises(UserError, match=r"expected float32 \(B, 3\)"):
        Client(server.url, "cover").predict("sample", {"z": np.zeros((1, 9))})
    assert metadata_requests(server) == 3, "signatures that were just read are not read again"


def test_signatures_expire(server, monkeypatch):
    client = Client(server.url, "cover")
    client.signatures()
    assert metadata_requests(server) == 1
    client.signatures()
    assert metadata_requests(server) == 1

    monkeypatch.setattr(client_module, "SIGNATURES_MAX_AGE", -1.0)

    client.signatures()
    assert metadata_requests(server) == 2


def test_generation_uses_the_size_of_the_new_version(server):
    client = Client(server.url, "cover")
    assert generate_covers(client, None, count=2).shape == (2, 4, 4, 3)

    server.metadata = version(side=2, latent_dim=7)

    assert generate_covers(client, None, count=2).shape == (2, 2, 2, 3)


def test_a_version_that_changes_between_batches_starts_the_generation_again(server):
    client = Client(server.url, "cover")

    server.next_version = [version(side=2)]  # after the first batch of 8

    assert generate_covers(client, None, count=12).shape == (12, 2, 2, 3)
