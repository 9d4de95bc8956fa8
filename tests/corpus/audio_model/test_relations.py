"""Relations between the values: they hold for any coordinates, and real vectors keep theirs."""

import numpy as np
import pytest

from coverzoo.corpus import schema
from coverzoo.corpus.audio_model import blocks, relations

COUNT = 200


@pytest.fixture(scope="module")
def seconds():
    return np.random.default_rng(1).uniform(4.0, 600.0, COUNT)


@pytest.fixture(scope="module")
def values(seconds):
    """Values by name, decoded from coordinates of any sign and size."""
    rng = np.random.default_rng(0)
    shape = (COUNT, len(relations.names()))
    coordinates = rng.standard_normal(shape) * 10.0 ** rng.uniform(-3, 3, shape)
    vectors = relations.decode(coordinates, seconds)
    assert np.isfinite(vectors).all()
    return dict(zip(schema.names(), vectors.T, strict=True))


def with_all_statistics(values, suffix=""):
    heads = {name.rsplit(".", 1 + bool(suffix))[0] for name in values if f".median{suffix}" in name}
    return [head for head in heads if f"{head}.dvar2{suffix}" in values]


@pytest.mark.parametrize("suffix", ["", ".mean"])
def test_the_median_and_the_mean_lie_between_the_extremes(values, suffix):
    heads = with_all_statistics(values, suffix)

    assert len(heads) > 6
    for head in heads:
        high, mean, median, low = (
            values[f"{head}.{key}{suffix}"] for key in ("max", "mean", "median", "min")
        )
        slack = 1e-6 * np.maximum(np.abs(high), np.abs(low)) + 1e-9
        assert (low <= median + slack).all(), head
        assert (median <= high + slack).all(), head
        assert (low <= mean + slack).all(), head
        assert (mean <= high + slack).all(), head


@pytest.mark.parametrize("suffix", ["", ".mean"])
def test_variances_and_changes_are_not_negative(values, suffix):
    for head in with_all_statistics(values, suffix):
        for key in ("var", "dmean", "dmean2", "dvar", "dvar2"):
            assert (values[f"{head}.{key}{suffix}"] >= 0.0).all(), (head, key)


def test_a_variance_is_at_most_what_its_extremes_allow(values):
    for head in with_all_statistics(values):
        high, mean, low = (values[f"{head}.{key}"] for key in ("max", "mean", "min"))
        room = (high - mean) * (mean - low)
        assert (values[f"{head}.var"] <= room * (1 + 1e-6) + 1e-9).all(), head


def test_spectral_energy_follows_from_the_rms(values):
    for key in ("max", "median", "min"):
        rms = values[f"lowlevel.spectral_rms.{key}"]
        np.testing.assert_allclose(values[f"lowlevel.spectral_energy.{key}"], 1025 * rms**2)


def test_a_frame_is_silent_or_not(values):
    for level in (20, 30, 60):
        share = values[f"lowlevel.silence_rate_{level}dB.mean"]
        assert ((share >= 0) & (share <= 1)).all()
        np.testing.assert_allclose(
            values[f"lowlevel.silence_rate_{level}dB.var"], share * (1 - share)
        )
        for key in ("max", "median", "min"):
            assert set(values[f"lowlevel.silence_rate_{level}dB.{key}"]) <= {0.0, 1.0}


def test_counts_are_whole_and_peaks_are_repeated(values):
    for name in ("rhythm.beats_count", "rhythm.bpm_histogram_first_peak_bpm.max"):
        np.testing.assert_array_equal(values[name], np.rint(values[name]))
    for peak in blocks.PEAKS:
        for key in ("mean", "median", "min"):
            np.testing.assert_array_equal(values[f"{peak}.{key}"], values[f"{peak}.max"])
        for key in ("var", "dmean", "dvar", "dmean2", "dvar2"):
            assert not values[f"{peak}.{key}"].any()


def test_beats_grow_with_the_length():
    coordinates = np.zeros((2, len(relations.names())))
    names = list(relations.names())
    coordinates[:, names.index("rhythm.bpm")] = 120.0
    coordinates[:, names.index("beats.missing")] = 2.0

    found = relations.decode(coordinates, np.array([30.0, 300.0]))

    values = dict(zip(schema.names(), found.T, strict=True))
    np.testing.assert_array_equal(values["rhythm.beats_count"], [58, 598])
    np.testing.assert_allclose(values["rhythm.beats_position.mean"], [15.0, 150.0])


def test_every_value_belongs_to_one_block():
    covered = [name for block in relations.blocks() for name in block.values]

    assert sorted(covered) == sorted(schema.names())
    assert len(set(relations.names())) == len(relations.names())


def test_decoding_coordinates_of_a_decoded_vector_is_the_vector(values, seconds):
    vectors = np.stack([values[name] for name in schema.names()], axis=1)

    again = relations.decode(relations.encode(vectors, seconds), seconds)

    scale = np.abs(vectors).max(axis=0) + 1e-30
    assert np.quantile(np.abs(again - vectors).max(axis=0) / scale, 0.98) < 1e-6


def test_real_vectors_are_kept(real_data):
    files = sorted((real_data / "real/audio-cover_dataset/audio/test").rglob("*.npy"))[::40]
    vectors = np.unique(np.stack([np.load(file)[:580] for file in files]), axis=0).astype(float)
    # The windows are of 10 s; their first peaks' weight and spread carry an error of the extractor.
    seconds = np.full(len(vectors), 10.0)

    again = relations.decode(relations.encode(vectors, seconds), seconds)

    scale = np.abs(vectors).max(axis=0) + 1e-30
    differs = np.abs(again - vectors).max(axis=0) / scale > 1e-4
    assert differs.sum() <= 8, [n for n, bad in zip(schema.names(), differs, strict=True) if bad]
