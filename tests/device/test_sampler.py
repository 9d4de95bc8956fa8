"""Covers from TFLite files against those of the Keras model."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from coverzoo.export import tflite
from coverzoo.sampling import sampler as sampling
from coverzoo.zoo import noise
from coverzoo_device import Sampler, UserError
from coverzoo_device import painter as module
from coverzoo_device.card import card_of, read_card


@pytest.fixture(scope="module")
def painter(file):
    return Sampler(file)


@pytest.fixture
def called(painter, monkeypatch):
    """The signatures that run, in their order."""
    names = []
    run = painter._run
    monkeypatch.setattr(
        painter, "_run", lambda name, batch: (names.append(name), run(name, batch))[1]
    )
    return names


@pytest.mark.parametrize("truncation", [None, 0.7])
@pytest.mark.parametrize("strength", [0.0, 1.0, 1.5])
def test_covers_for_a_track_are_those_of_the_keras_model(
    painter, model, tracks, strength, truncation
):
    options = {"count": 5, "seed": 3, "strength": strength, "truncation": truncation}

    covers = painter.paint(tracks[0], **options)

    expected = sampling.generate_covers(model, tracks[:1], **options)
    assert covers.dtype == np.float32
    np.testing.assert_allclose(covers, expected, atol=1e-4)


def test_plain_kernels_paint_the_same(file, model, tracks):
    covers = Sampler(file, threads=2, xnnpack=False).paint(tracks[0], count=5)

    np.testing.assert_allclose(
        covers, sampling.generate_covers(model, tracks[:1], count=5, seed=0), atol=1e-4
    )


def test_a_model_whose_copies_would_be_large_is_not_copied(file, monkeypatch):
    size = file.stat().st_size * 4  # signatures
    ran = []
    for limit in (size, size - 1):
        monkeypatch.setattr(module, "PACKED", limit)
        painter = Sampler(file)
        run = painter._run
        painter._run = lambda name, batch, run=run: (ran.append(name), run(name, batch))[1]
        painter.paint(count=5)

    assert ran == ["sample_4", "sample_1", *["sample_1"] * 5]


def test_covers_without_audio_are_those_of_the_keras_model(painter, model):
    covers = painter.paint(seed=-4, count=2)

    np.testing.assert_allclose(covers, sampling.generate_covers(model, None, count=2, seed=-4), atol=1e-4)


def test_the_audio_and_the_seed_change_the_cover(painter, tracks):
    first, other = (painter.paint(track, seed=0)[0] for track in tracks)

    assert np.abs(first - other).max() > 0.1
    assert np.abs(first - painter.paint(tracks[0], seed=1)[0]).max() > 0.1
    np.testing.assert_array_equal(first, painter.paint(tracks[0], seed=0)[0])


@pytest.mark.parametrize(("count", "rows"), [(1, [1]), (4, [4]), (6, [4, 1, 1]), (9, [4, 4, 1])])
def test_batches_are_of_four_while_they_last(painter, called, tracks, count, rows):
    painter.paint(tracks[0], count=count)
    painter.paint(count=count)

    assert called == [f"{kind}_{size}" for kind in ("sample_audio", "sample") for size in rows]


def test_every_code_may_have_a_track_of_its_own(painter, model, tracks):
    z = noise.normal(0, range(2), 5)

    covers = painter.generate(z, tracks)

    np.testing.assert_allclose(covers, np.asarray(model.generate(z, tracks)), atol=1e-4)


def test_in_int8_a_cover_does_not_depend_on_how_many_are_painted(file, tracks, tmp_path):
    rounded = tmp_path / "gan-audio-int8.tflite"
    rounded.write_bytes(tflite.with_int8_weights(file.read_bytes()))
    told = json.loads(card_of(file).read_text())
    digest = hashlib.sha256(rounded.read_bytes()).hexdigest()
    card_of(rounded).write_text(json.dumps({**told, "sha256": {"int8": digest}}))
    painter = Sampler(rounded)

    many = painter.paint(tracks[0], count=5)

    codes = noise.normal(0, range(5), 5)
    alone = np.concatenate([painter.generate(z[None], tracks[:1]) for z in codes])
    np.testing.assert_allclose(many, alone, atol=1e-6)
    assert 0.0 < np.abs(many - Sampler(file).paint(tracks[0], count=5)).mean() < 0.05


def test_a_file_that_its_card_does_not_tell_of_is_refused(file, tmp_path):
    other = tmp_path / file.name
    other.write_bytes(tflite.with_float16_weights(file.read_bytes()))
    card = Path(shutil.copy(card_of(file), tmp_path))

    with pytest.raises(UserError, match="the card beside it is of another file"):
        Sampler(other)

    told = json.loads(card.read_text())
    del told["sha256"]  # as cards once were
    card.write_text(json.dumps(told))
    assert Sampler(other).latent_dim


def test_a_card_is_found_by_the_name_of_the_file(file, tmp_path):
    for name in ("cover.tflite", "cover-float16.tflite", "cover-2.tflite"):
        shutil.copy(file, tmp_path / name)
    for name in ("cover.json", "cover-2.json"):
        shutil.copy(card_of(file), tmp_path / name)

    for name in ("cover.tflite", "cover-float16.tflite", "cover-2.tflite"):
        assert Sampler(tmp_path / name).card == read_card(file)


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
def test_values_that_do_not_fit_are_refused(painter, tracks, name, value, reason):
    given = {"z": np.zeros((2, 5)), "audio": tracks, name: value}

    with pytest.raises(ValueError, match=reason):
        painter.generate(**given)


def test_a_track_of_another_width_is_refused(painter):
    with pytest.raises(UserError, match=r"^--audio: gan-audio takes 1160 numbers a track, not 580"):
        painter.paint(np.zeros(580))


def test_a_count_below_one_is_refused(painter):
    with pytest.raises(ValueError, match="count must be 1 or more"):
        painter.paint(count=0)


def test_covers_that_are_no_numbers_are_refused(painter, tracks):
    with pytest.raises(UserError, match="no numbers come out: the audio or its strength is far"):
        painter.paint(tracks[0], strength=1e38)


@pytest.mark.parametrize(
    "content",
    ["", "[]", "nothing", '{"name": "gan"}', "{}", "[" * 100_000],
    ids=["empty", "list", "text", "half", "object", "deep"],
)
def test_what_is_no_card_is_refused(file, tmp_path, content):
    shutil.copy(file, tmp_path)
    card_of(tmp_path / file.name).write_text(content)

    with pytest.raises(UserError, match=r"gan-audio\.json: not a card of zoo-export; copy it anew"):
        Sampler(tmp_path / file.name)


def test_the_card_of_another_model_is_refused(file, deaf, tmp_path):
    shutil.copy(file, tmp_path)
    shutil.copy(card_of(deaf), card_of(tmp_path / file.name))

    with pytest.raises(UserError, match=r"float32\.tflite: the card beside it is of another file"):
        Sampler(tmp_path / file.name)


def test_a_model_that_does_not_paint_is_refused(file, tmp_path):
    shutil.copy(file, tmp_path)
    card = json.loads(card_of(file).read_text())
    del card["latent_dim"]
    card_of(tmp_path / file.name).write_text(json.dumps(card | {"name": "ae-resize"}))

    with pytest.raises(UserError, match="ae-resize gives covers back and paints none"):
        Sampler(tmp_path / file.name)
