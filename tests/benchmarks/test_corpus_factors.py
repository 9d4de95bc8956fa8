"""The scripts that read covers, with small counts."""

import json
from importlib import import_module

import numpy as np
import pytest

from coverzoo.corpus.procedural import GENRES

FACTORS = ("x", "y", "hue", "arrangement", "ground_hue_cos", "ground_hue_sin")


@pytest.fixture
def script(monkeypatch):
    module = import_module("corpus_factors")
    for name, count in {"TRAIN_COVERS": 600, "TEST_TRACKS": 40, "SPREAD_TRACKS": 8}.items():
        monkeypatch.setattr(module, name, count)
    monkeypatch.setattr(module, "NOISES", 5)
    return module


@pytest.fixture
def clips(tmp_path):
    """Vectors of five pretended clips: draws of the audio model."""
    from coverzoo.corpus.procedural.audio import first_halves
    from coverzoo.corpus.procedural.tracks import track

    (tmp_path / "clips").mkdir()
    (tmp_path / "cache").mkdir()
    tracks = [track(9, "val", index) for index in range(5)]
    for one, half in zip(tracks, first_halves(tracks), strict=True):
        (tmp_path / "clips" / f"{one.genre.name}.00000.wav").touch()
        np.savez(
            tmp_path / "cache" / f"{one.genre.name}.00000.npz",
            vectors=np.stack([half, half]),
            seconds=np.array([one.seconds, 10.0]),
        )
    return tmp_path


def test_the_corpus_itself_has_the_figures_of_real_covers(script):
    reader = script.Reader(32)

    found = reader.of_real()

    assert found["genre"] > 0.5
    assert found["rank_correlation"]["brightness"] > 0.8
    assert list(found["spread_ratio"]) == list(FACTORS)
    assert all(0.6 < ratio < 1.5 for ratio in found["spread_ratio"].values())
    assert found["grid_energy_ratio"] == {"2": 1.0, "4": 1.0}
    assert found["sharpness_ratio"] == 1.0


def test_a_model_that_ignores_its_noise_has_no_spread(script):
    class Constant:
        latent_dim, image_size = 4, 32

        def generate(self, z, audio):
            return np.zeros((len(z), 32, 32, 3), np.float32)

    found = script.Reader(32).of_model(Constant())

    assert found["genre"] <= 0.2
    assert max(found["spread_ratio"].values()) == pytest.approx(0.0, abs=1e-9)
    # Rounding may differ between the regressor's batches, which is then read as chance.
    assert max(map(abs, found["rank_correlation"].values())) < 0.2
    assert found["sharpness_ratio"] == 0.0


@pytest.mark.slow
def test_the_commands_report_every_run(script, clips, used, call, monkeypatch):
    run = used("wgan-gp", audio=True)

    factors = call(script.main, run)
    real = import_module("real_clips")
    monkeypatch.setattr(real, "TRAIN_COVERS", 400)
    compared = call(real.main, clips / "clips", run, "--cache", clips / "cache")

    assert factors.exit_code == 0, factors.output
    assert set(json.loads(factors.stdout)) == {"real covers, 32 px", str(run)}
    assert compared.exit_code == 0, compared.output
    report = json.loads(compared.stdout)
    assert set(report[str(run)]) == {"clips", "corpus"}
    for figures in report[str(run)].values():
        assert 0 <= figures["genre_of_vector"] <= 1
        assert figures["by_track"] > 0


def test_genres_are_read_in_the_order_of_the_corpus(script):
    tracks = script.Tracks("test", 20)

    assert tracks.genres.tolist() == [*range(len(GENRES)), *range(len(GENRES))]
    pixels, shown = tracks.covers(32)
    assert pixels.shape == (20, 32, 32, 3)
    np.testing.assert_array_equal(shown[:, -len(GENRES) :].argmax(axis=1), tracks.genres)
