"""The typicality of tracks from a server, and the notice of `zoo-client`."""

import numpy as np
import pytest
from PIL import Image

from coverzoo.serving import sampler
from coverzoo.serving.client import Client


@pytest.mark.parametrize("count", [1, 3])
def test_the_typicality_of_every_track_is_reported(url, audio_server, tracks, count):
    vectors = np.concatenate([tracks[:8], 1e6 * tracks[:1]])  # more than one request
    found = []

    with Client(url, "cover") as client:
        sampler.generate_covers(client, vectors, count=count, on_typicality=found.append)
        sampler.generate_covers(client, None, count=count, on_typicality=found.append)

    (percentiles,) = found
    np.testing.assert_allclose(percentiles, audio_server.network.typicality(vectors), atol=0.02)
    assert percentiles[-1] == pytest.approx(100.0, abs=1e-3)


def test_an_export_of_an_earlier_version_has_no_typicality(audio_server, http_server, as_rest):
    answer, found = as_rest(audio_server), []

    def earlier(method, path, body):
        status, content = answer(method, path, body)
        if method == "GET":
            for each in content["metadata"]["signature_def"]["signature_def"].values():
                each["outputs"].pop("typicality", None)
        elif content["outputs"].keys() == {"image_bytes", "typicality"}:
            content = {"outputs": content["outputs"]["image_bytes"]}  # without its name
        else:
            del content["outputs"]["typicality"]
        return status, content

    with Client(http_server(earlier).url, "cover") as client:
        for count in (1, 2):
            covers = sampler.generate_covers(
                client, np.ones((1, 1160)), count=count, on_typicality=found.append
            )
            assert covers.shape == (count, 32, 32, 3)
    assert found == []


def test_a_track_unlike_the_training_data_is_named(
    client, audio_server, exported, grpc_server, tracks, tmp_path
):
    np.save(tmp_path / "usual.npy", tracks[:9].mean(axis=0))
    np.save(tmp_path / "far.npy", 1e6 * tracks[0])
    files = (tmp_path / "usual.npy", tmp_path / "far.npy")
    out = ("--out", tmp_path / "a.png")
    notice = (
        f"{files[1]}: less typical of the training data than 99.9 % of its tracks; its covers may "
        "be poor\n"
    )

    assert client(audio_server, "--audio", *files, *out).stderr == notice
    with grpc_server(exported("vae", True).folder) as server:
        Image.new("RGB", (8, 8)).save(tmp_path / "image.png")
        words = ("--reconstruct", tmp_path / "image.png", "--audio")
        assert client(server, *words, files[1], *out).stderr == notice
        assert client(server, *words, files[0], *out).stderr == ""
