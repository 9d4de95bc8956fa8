"""`zoo-sample --interpolate`: strips between seeds and between tracks."""

import numpy as np
import pytest

from coverzoo import zoo
from coverzoo.images import to_bytes
from coverzoo.sampling.cli import main as zoo_sample
from coverzoo.sampling.interpolation import slerp
from coverzoo.zoo import noise

RNG = np.random.default_rng(0)


def assert_alike(first, second):
    """Equal but for rounding, which can differ between batch sizes."""
    assert np.abs(first.astype(int) - second.astype(int)).max() <= 1


def test_slerp_starts_and_ends_exactly_at_its_arguments():
    for dim in (2, 5, 100):
        first, last = RNG.normal(size=(2, dim)).astype(np.float32)

        path = slerp(first, last, np.linspace(0, 1, 7))

        assert (path.shape, path.dtype) == ((7, dim), np.float32)
        np.testing.assert_array_equal(path[[0, -1]], [first, last])


def test_slerp_turns_by_equal_angles_and_keeps_the_length():
    first, last = RNG.normal(size=(2, 50))
    last *= np.linalg.norm(first) / np.linalg.norm(last)

    path = np.float64(slerp(first, last, np.linspace(0, 1, 9)))

    lengths = np.linalg.norm(path, axis=1)
    np.testing.assert_allclose(lengths, np.linalg.norm(first), rtol=1e-6)
    turns = np.arccos(np.sum(path[:-1] * path[1:], axis=1) / lengths[0] ** 2)
    whole = np.arccos(first @ last / lengths[0] ** 2)
    np.testing.assert_allclose(turns, whole / 8, rtol=1e-4)


def test_slerp_of_a_quarter_turn_is_cosine_and_sine():
    t = np.linspace(0, 1, 5)

    path = slerp(np.array([2.0, 0.0]), np.array([0.0, 2.0]), t)

    np.testing.assert_allclose(
        path, 2.0 * np.stack([np.cos(t * np.pi / 2), np.sin(t * np.pi / 2)], axis=1), atol=1e-6
    )


def test_slerp_of_one_direction_is_linear():
    first = np.float32([1.0, 2.0, -1.0])

    path = slerp(first, 3.0 * first, np.array([0.0, 0.5, 1.0]))

    np.testing.assert_allclose(path, [first, 2.0 * first, 3.0 * first], rtol=1e-6)
    np.testing.assert_array_equal(slerp(first, first, np.array([0.3])), [first])


def test_a_strip_between_seeds_ends_in_the_covers_of_the_seeds(sample, audio_gan, tracks):
    seeds = ("--seed", 3, "--seed", 8)

    strip = sample(
        audio_gan, "--audio", tracks[0], tracks[1], *seeds, "--interpolate", "--count", 5
    )

    assert strip.shape[:2] == (2, 5)
    for seed, place in ((3, 0), (8, -1)):
        ends = sample(audio_gan, "--audio", *tracks[:2], "--count", 1, "--seed", seed)
        assert_alike(strip[:, place], ends[:, 0])
    steps = [np.abs(a - b).mean() for a, b in zip(strip[0, :-1] / 1.0, strip[0, 1:], strict=True)]
    assert 0 < max(steps) < np.abs(strip[0, 0] / 1.0 - strip[0, -1]).mean()


def test_noise_between_seeds_is_interpolated_spherically(sample, audio_gan):
    strip = sample(audio_gan, "--interpolate", "--count", 3)

    model = zoo.load(audio_gan)
    first, last = (noise.normal(seed, [0], model.latent_dim)[0] for seed in (0, 1))
    middle = slerp(first, last, np.array([0.5]))
    assert_alike(strip[0, 1], to_bytes(model.generate(middle))[0])
    explicit = sample(audio_gan, "--interpolate", "--count", 3, "--seed", 0, "--seed", 1)
    np.testing.assert_array_equal(strip, explicit)
    narrow = sample(audio_gan, "--interpolate", "--count", 3, "--truncation", 0.1)
    assert_alike(narrow[0, 0], sample(audio_gan, "--count", 1, "--truncation", 0.1)[0, 0])


@pytest.mark.parametrize("kind", ["audio_gan", "audio_vae"])
@pytest.mark.parametrize("strength", [1.0, 1.5])
def test_a_strip_between_tracks_ends_in_the_covers_of_the_tracks(
    sample, request, tracks, kind, strength
):
    run = request.getfixturevalue(kind)
    options = ("--audio", *tracks[:2], "--seed", 4, "--strength", strength)

    strip = sample(run, *options, "--interpolate", "--count", 5)

    assert strip.shape[:2] == (1, 5)
    ends = sample(run, *options, "--count", 1)
    assert_alike(strip[0, 0], ends[0, 0])
    assert_alike(strip[0, -1], ends[1, 0])
    model = zoo.load(run)
    vectors = np.stack([np.load(track) for track in tracks[:2]]).astype(np.float32)
    null = model.audio_encoder.null_conditions(2)
    conditions = null + strength * (model.audio_encoder(vectors) - null)
    middle = np.asarray(conditions).mean(axis=0, keepdims=True)
    expected = model.generate_from(noise.normal(4, [0], model.latent_dim), middle)
    assert_alike(strip[0, 2], to_bytes(expected)[0])
    assert (strip[0, 2] != strip[0, 0]).any()


def test_single_files_of_a_strip_are_named_after_both_ends(call, audio_gan, tracks, tmp_path):
    for folder, options, names in (
        ("seeds", ("--seed", 2, "--seed", 7), ["cover-2-7-0", "cover-2-7-1"]),
        ("tracks", ("--audio", *tracks[:2]), ["a-b-0-0", "a-b-0-1"]),
    ):
        out = tmp_path / folder
        result = call(
            zoo_sample, audio_gan, "--interpolate", "--count", 2, *options, "--out-dir", out
        )
        assert result.exit_code == 0, result.output
        assert sorted(path.stem for path in out.iterdir()) == names
