"""The typicality of tracks on a device, and the notice of `coverzoo-device`."""

import numpy as np
import pytest

from coverzoo_device import Sampler, UserError
from coverzoo_device.cli import main


@pytest.mark.parametrize("half", [slice(0), slice(580), slice(580, 1160)], ids=str)
def test_the_typicality_of_a_track_is_that_of_the_keras_model(file, model, tracks, half):
    tracks = np.concatenate([tracks, 1e6 * tracks[:1]])
    tracks[:, half] = 0.0  # missing

    sampler = Sampler(file)
    percentiles = [sampler.typicality(track) for track in tracks]

    np.testing.assert_allclose(percentiles, model.typicality(tracks), atol=0.02)
    assert percentiles[2] == pytest.approx(100.0, abs=1e-3)
    assert percentiles[0] != percentiles[1]


def test_without_audio_there_is_no_typicality_to_measure(file_without_audio, tracks):
    with pytest.raises(UserError, match="was trained without audio"):
        Sampler(file_without_audio).typicality(tracks[0])


def test_a_file_of_an_earlier_version_generates_without_typicality(
    file_of_an_earlier_version, tracks
):
    sampler = Sampler(file_of_an_earlier_version)

    assert sampler.typicality(tracks[0]) is None
    assert sampler.sample(tracks[0]).shape == (1, 32, 32, 3)


def test_a_track_unlike_the_training_data_is_named(file, tracks, tmp_path, capsys):
    for name, vector in (("usual", tracks.mean(axis=0)), ("far", 1e6 * tracks[0])):
        np.save(tmp_path / f"{name}.npy", vector)
        words = (file, "--audio", tmp_path / f"{name}.npy", "--out", tmp_path / "cover.png")
        main([str(word) for word in words])

    out, err = capsys.readouterr()
    assert out.count("1 cover\n") == 2
    assert err == (
        f"{tmp_path / 'far.npy'}: less typical of the training data than 99.9 % of its tracks; its "
        "covers may be poor\n"
    )
