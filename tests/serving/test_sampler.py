"""Covers of a served model in Python, against a service on loopback; no TF Serving."""

import io

import numpy as np
import pytest
from PIL import Image

from coverzoo.errors import UserError
from coverzoo.images import to_bytes
from coverzoo.sampling import sampler as sampling
from coverzoo.serving import sampler
from coverzoo.serving.client import Client


@pytest.fixture(params=["grpc", "rest"])
def url(request, audio_server, http_server, as_rest):
    """The service's address, over gRPC and in JSON."""
    return audio_server.url if request.param == "grpc" else http_server(as_rest(audio_server)).url


@pytest.mark.parametrize("options", [{}, {"truncation": 0.5, "strength": 1.4}], ids=str)
@pytest.mark.parametrize("count", [1, 5])
def test_the_covers_are_those_of_zoo_sample(url, audio_server, tracks, count, options):
    wanted = to_bytes(
        sampling.generate_covers(audio_server.network, tracks[:2], count=count, seed=-3, **options)
    )

    with Client(url, "cover") as client:
        got = sampler.generate_covers(client, tracks[:2], count=count, seed=-3, **options)

    assert got.dtype == np.uint8
    assert np.abs(got.astype(int) - wanted).max() <= 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"count": 0}, "count: expected a whole number, 1 or more. Received: 0"),
        ({"count": 1.5}, "count: expected a whole number"),
        ({"seed": 2**70}, "seed: expected a whole number from "),
        ({"strength": np.nan}, "strength: expected a number from -100 to 100. Received: nan"),
        ({"strength": 5.0}, "strength: it scales the effect of the audio. Give tracks too"),
        ({"truncation": 0.0}, "truncation: expected a number above 0. Received: 0.0"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments, message):
    with (
        Client("http://127.0.0.1:9", "cover") as client,
        pytest.raises(UserError, match=f"^{message}"),
    ):
        sampler.generate_covers(client, None, **arguments)


def test_no_tracks_and_no_images_are_refused(audio_server, exported, grpc_server):
    with (
        Client(audio_server.url, "cover") as client,
        pytest.raises(UserError, match="no rows; give at least one"),
    ):
        sampler.generate_covers(client, np.zeros((0, 1160)))
    with (
        grpc_server(exported("ae-resize", False).folder) as server,
        Client(server.url, "cover") as client,
        pytest.raises(UserError, match="no rows; give at least one"),
    ):
        sampler.reconstruct_covers(client, np.zeros((0, 32, 32, 3)))


@pytest.mark.parametrize(
    ("count", "truncation", "name"),
    [(1, None, "sample_seeded_audio"), (2, None, "sample_audio"), (1, 0.5, "sample_audio")],
)
def test_the_seed_is_sent_where_it_is_enough(audio_server, tracks, count, truncation, name):
    with Client(audio_server.url, "cover") as client:
        sampler.generate_covers(client, tracks[:1], count=count, truncation=truncation)

    assert audio_server.requests[-1].model_spec.signature_name == name


@pytest.mark.parametrize("audio", [True, False])
def test_rest_uses_the_signature_without_floats_if_the_model_has_it(
    audio_server, http_server, as_rest, tracks, audio
):
    vectors = tracks[:2] if audio else None
    name = "sample_seeded_audio" if audio else "sample_seeded"
    answer = as_rest(audio_server)

    def answer_of_an_older_export(method, path, body):
        status, content = answer(method, path, body)
        if method == "GET":
            del content["metadata"]["signature_def"]["signature_def"][f"{name}_png"]
        return status, content

    covers, used = [], []
    for each in (answer, answer_of_an_older_export):
        server = http_server(each)
        with Client(server.url, "cover") as client:
            covers.append(sampler.generate_covers(client, vectors, seed=3))
        used.append(server.requests[-1][2]["signature_name"])

    assert used == [f"{name}_png", name]
    np.testing.assert_array_equal(*covers)


def test_a_seed_of_64_bits_gives_the_same_cover_by_either_signature(audio_server):
    with Client(audio_server.url, "cover") as client:
        by_seed = sampler.generate_covers(client, None, count=1, seed=2**64 - 7)
        by_noise = sampler.generate_covers(client, None, count=2, seed=2**64 - 7)

    assert np.abs(by_seed[0].astype(int) - by_noise[0]).max() <= 1
    assert np.abs(by_seed[0].astype(int) - by_noise[1]).max() > 8


def test_pngs_and_floats_become_pixels():
    image = np.random.default_rng(3).integers(0, 256, (2, 4, 4, 3), np.uint8)
    files = np.empty(2, object)
    for row, each in enumerate(image):
        with io.BytesIO() as file:
            Image.fromarray(each).save(file, "png")
            files[row] = file.getvalue()

    np.testing.assert_array_equal(sampler._TO_PIXELS["image_bytes"](files), image)
    np.testing.assert_array_equal(sampler._TO_PIXELS["image"](image / 127.5 - 1.0), image)
