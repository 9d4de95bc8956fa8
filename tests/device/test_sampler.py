"""Covers from TFLite files against those of the Keras model."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from coverzoo.export import tflite
from coverzoo.sampling.sampler import generate_covers
from coverzoo.zoo import noise
from coverzoo_device import Sampler, UserError
from coverzoo_device import sampler as module
from coverzoo_device.metadata import metadata_file, read_metadata


@pytest.fixture(scope="module")
def sampler(file):
    return Sampler(file)


@pytest.fixture
def signatures_run(sampler, monkeypatch):
    """Names of the signatures that run, in order."""
    names = []
    run = sampler._run
    monkeypatch.setattr(
        sampler, "_run", lambda name, batch: (names.append(name), run(name, batch))[1]
    )
    return names


@pytest.mark.parametrize("truncation", [None, 0.7])
@pytest.mark.parametrize("strength", [0.0, 1.0, 1.5])
def test_covers_for_a_track_are_those_of_the_keras_model(
    sampler, model, tracks, strength, truncation
):
    options = {"count": 5, "seed": 3, "strength": strength, "truncation": truncation}

    covers = sampler.sample(tracks[0], **options)

    expected = generate_covers(model, tracks[:1], **options)
    assert covers.dtype == np.float32
    np.testing.assert_allclose(covers, expected, atol=1e-4)


def test_plain_kernels_return_the_same(file, model, tracks):
    covers = Sampler(file, threads=2, xnnpack=False).sample(tracks[0], count=5)

    np.testing.assert_allclose(
        covers, generate_covers(model, tracks[:1], count=5, seed=0), atol=1e-4
    )


def test_weights_are_not_packed_where_the_copies_would_be_large(file, monkeypatch):
    size = file.stat().st_size * 4  # signatures
    ran = []
    for limit in (size, size - 1):
        monkeypatch.setattr(module, "MAX_PACKED_BYTES", limit)
        sampler = Sampler(file)
        run = sampler._run
        sampler._run = lambda name, batch, run=run: (ran.append(name), run(name, batch))[1]
        sampler.sample(count=5)

    assert ran == ["sample_4", "sample_1", *["sample_1"] * 5]


def test_covers_without_audio_are_those_of_the_keras_model(sampler, model):
    covers = sampler.sample(seed=-4, count=2)

    np.testing.assert_allclose(covers, generate_covers(model, None, count=2, seed=-4), atol=1e-4)


def test_the_audio_and_the_seed_change_the_cover(sampler, tracks):
    first, other = (sampler.sample(track, seed=0)[0] for track in tracks)

    assert np.abs(first - other).max() > 0.1
    assert np.abs(first - sampler.sample(tracks[0], seed=1)[0]).max() > 0.1
    np.testing.assert_array_equal(first, sampler.sample(tracks[0], seed=0)[0])


@pytest.mark.parametrize(("count", "rows"), [(1, [1]), (4, [4]), (6, [4, 1, 1]), (9, [4, 4, 1])])
def test_covers_are_generated_in_batches_of_four(sampler, signatures_run, tracks, count, rows):
    sampler.sample(tracks[0], count=count)
    sampler.sample(count=count)

    assert signatures_run == [
        f"{kind}_{size}" for kind in ("sample_audio", "sample") for size in rows
    ]


def test_each_code_can_have_its_own_track(sampler, model, tracks):
    z = noise.normal(0, range(2), 5)

    covers = sampler.generate(z, tracks)

    np.testing.assert_allclose(covers, np.asarray(model.generate(z, tracks)), atol=1e-4)


def test_in_int8_a_cover_does_not_depend_on_the_number_of_covers(file, tracks, tmp_path):
    quantized = tmp_path / "gan-audio-int8.tflite"
    quantized.write_bytes(tflite.with_int8_weights(file.read_bytes()))
    metadata = json.loads(metadata_file(file).read_text())
    digest = hashlib.sha256(quantized.read_bytes()).hexdigest()
    metadata_file(quantized).write_text(json.dumps({**metadata, "sha256": {"int8": digest}}))
    sampler = Sampler(quantized)

    many = sampler.sample(tracks[0], count=5)

    codes = noise.normal(0, range(5), 5)
    alone = np.concatenate([sampler.generate(z[None], tracks[:1]) for z in codes])
    np.testing.assert_allclose(many, alone, atol=1e-6)
    assert 0.0 < np.abs(many - Sampler(file).sample(tracks[0], count=5)).mean() < 0.05


def test_a_file_that_is_not_in_its_metadata_is_refused(file, tmp_path):
    other = tmp_path / file.name
    other.write_bytes(tflite.with_float16_weights(file.read_bytes()))
    copied = Path(shutil.copy(metadata_file(file), tmp_path))

    with pytest.raises(UserError, match="the metadata beside it is of another file"):
        Sampler(other)

    metadata = json.loads(copied.read_text())
    del metadata["sha256"]  # as in older exports
    copied.write_text(json.dumps(metadata))
    assert Sampler(other).latent_dim


def test_metadata_is_found_by_the_name_of_the_file(file, tmp_path):
    for name in ("cover.tflite", "cover-float16.tflite", "cover-2.tflite"):
        shutil.copy(file, tmp_path / name)
    for name in ("cover.json", "cover-2.json"):
        shutil.copy(metadata_file(file), tmp_path / name)

    for name in ("cover.tflite", "cover-float16.tflite", "cover-2.tflite"):
        assert Sampler(tmp_path / name).metadata == read_metadata(file)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("z", np.zeros((2, 6)), r"z must be \(2, 5\). Received: \(2, 6\)"),
        ("z", np.full((2, 5), np.nan), "z must be finite"),
        ("audio", np.zeros((1, 1160)), r"audio must be \(2, 1160\). Received: \(1, 1160\)"),
        ("audio", np.full((2, 1160), np.inf), "audio must be finite"),
        ("strength", np.nan, "strength must be finite"),
    ],
)
def test_values_that_do_not_fit_are_refused(sampler, tracks, name, value, reason):
    given = {"z": np.zeros((2, 5)), "audio": tracks, name: value}

    with pytest.raises(ValueError, match=reason):
        sampler.generate(**given)


def test_a_track_of_another_width_is_refused(sampler):
    with pytest.raises(
        UserError, match=r"^--audio: gan-audio takes tracks of 1160 numbers, not 580"
    ):
        sampler.sample(np.zeros(580))


def test_a_count_below_one_is_refused(sampler):
    with pytest.raises(ValueError, match="count must be 1 or more"):
        sampler.sample(count=0)


def test_covers_that_are_not_finite_are_refused(sampler, tracks):
    with pytest.raises(UserError, match="the covers are not finite numbers: the audio or its"):
        sampler.sample(tracks[0], strength=1e38)


@pytest.mark.parametrize(
    "content",
    ["", "[]", "nothing", '{"name": "gan"}', "{}", "[" * 100_000],
    ids=["empty", "list", "text", "half", "object", "deep"],
)
def test_other_content_than_metadata_is_refused(file, tmp_path, content):
    shutil.copy(file, tmp_path)
    metadata_file(tmp_path / file.name).write_text(content)

    with pytest.raises(
        UserError, match=r"gan-audio\.json: not metadata of zoo-export; copy it again"
    ):
        Sampler(tmp_path / file.name)


def test_the_metadata_of_another_model_is_refused(file, file_without_audio, tmp_path):
    shutil.copy(file, tmp_path)
    shutil.copy(metadata_file(file_without_audio), metadata_file(tmp_path / file.name))

    with pytest.raises(
        UserError, match=r"float32\.tflite: the metadata beside it is of another file"
    ):
        Sampler(tmp_path / file.name)


def test_a_model_that_does_not_generate_is_refused(file, tmp_path):
    shutil.copy(file, tmp_path)
    content = json.loads(metadata_file(file).read_text())
    del content["latent_dim"]
    metadata_file(tmp_path / file.name).write_text(json.dumps(content | {"name": "ae-resize"}))

    with pytest.raises(UserError, match="ae-resize reconstructs covers and generates none"):
        Sampler(tmp_path / file.name)
