"""The notice of `zoo-sample` for tracks that are unlike the training data."""

import numpy as np
import pytest

from coverzoo.sampling.cli import main as zoo_sample


@pytest.fixture
def usual_and_far(tmp_path, monkeypatch):
    """Files of a track like those that `used` adapts models to, and of one far from them."""
    monkeypatch.chdir(tmp_path)
    vector = np.random.default_rng(0).lognormal(size=(9, 1160)).mean(axis=0)
    np.save("usual.npy", vector)
    np.save("far.npy", 1e6 * vector)
    return "usual.npy", "far.npy"


NOTICE = (
    "far.npy: less typical of the training data than 99.9 % of its tracks; its covers may be poor\n"
)


@pytest.mark.parametrize("options", [("--count", 2), ("--interpolate",)], ids=str)
def test_a_track_unlike_the_training_data_is_named_once(call, audio_gan, usual_and_far, options):
    result = call(zoo_sample, audio_gan, "--audio", *usual_and_far, *options, "--out", "a.png")

    assert result.exit_code == 0
    assert result.stderr == NOTICE
    assert result.stdout.startswith("a.png: ")


def test_reconstructions_for_such_a_track_are_noticed_too(call, audio_vae, usual_and_far):
    usual, far = usual_and_far
    call(zoo_sample, audio_vae, "--count", 1, "--out", "cover.png")
    words = (audio_vae, "--reconstruct", "cover.png", "--out", "again.png", "--audio")

    assert call(zoo_sample, *words, far).stderr == NOTICE
    assert call(zoo_sample, *words, usual).stderr == ""


def test_a_model_without_scaled_features_gives_no_notice(call, used, usual_and_far):
    run = used("gan", audio=True, scale_features=False, feature_noise=0.0)

    result = call(zoo_sample, run, "--audio", "usual.npy", "--count", 1, "--out", "a.png")

    assert (result.exit_code, result.stderr) == (0, "")
