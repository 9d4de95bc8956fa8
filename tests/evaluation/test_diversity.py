"""How far covers differ by noise and by music, against models that depend on one alone."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from coverzoo.corpus.layout import read_split
from coverzoo.corpus.procedural import covers, facts
from coverzoo.evaluation.derangement import derangement
from coverzoo.evaluation.diversity import Diversity, distance, variety
from coverzoo.evaluation.result import NotMeasurableError


class Sampler:
    """Grey covers whose level is a part of the noise and a part of the music."""

    latent_dim, image_size = 3, 32

    def __init__(self, by_noise, by_audio):
        self.by_noise, self.by_audio = by_noise, by_audio

    def generate(self, z, audio):
        heard = tf.cast(tf.reduce_sum(tf.math.tanh(audio), axis=1) / 600.0, tf.float32)
        level = self.by_noise * tf.math.tanh(z[:, 0]) + self.by_audio * heard
        return tf.tile(level[:, None, None, None], (1, 32, 32, 3))


@pytest.fixture(scope="module")
def tracks(pairs):
    return read_split(pairs, "train", audio=True).samples


@pytest.mark.parametrize(
    ("painter", "varies"),
    [
        (Sampler(0.0, 0.0), (False, False)),
        (Sampler(0.7, 0.0), (True, False)),
        (Sampler(0.0, 0.7), (False, True)),
        (Sampler(0.4, 0.4), (True, True)),
    ],
)
def test_each_figure_sees_its_own_cause_only(tracks, painter, varies):
    found = variety(painter, tracks, "train")

    assert (found.noise > 1e-4, found.audio > 1e-4) == varies
    assert found.covers == len(tracks)


def test_what_is_twice_as_far_apart_is_twice_as_varied(tracks):
    one, two = (variety(Sampler(share, share), tracks, "train") for share in (0.2, 0.4))

    assert two.noise == pytest.approx(2 * one.noise, rel=1e-4)
    assert two.audio == pytest.approx(2 * one.audio, rel=1e-4)
    assert two.real == one.real


def test_one_track_has_no_other(tracks):
    with pytest.raises(NotMeasurableError, match="it takes two test tracks, there is 1"):
        variety(Sampler(0.1, 0.1), tracks[:1], "test")


def test_real_covers_are_compared_with_those_of_the_next_track_of_the_circle(tracks):
    from coverzoo.corpus.batches import ordered_batches

    (batch,) = ordered_batches(tracks, (), image_size=32, batch_size=len(tracks), audio=False)
    images = batch["image"].numpy()
    pairs = [np.abs(images[i] - images[j]).mean() / 2 for i, j in enumerate(derangement(24, 5))]

    found = variety(Sampler(0, 0), tracks, "train", seed=5)

    assert found.real == pytest.approx(np.mean(pairs), rel=1e-5)


def test_batches_weigh_as_many_pairs_as_they_hold(tracks, monkeypatch):
    whole = variety(Sampler(0.3, 0.3), tracks, "train")
    monkeypatch.setattr("coverzoo.evaluation.diversity.BATCH", 7)

    parts = variety(Sampler(0.3, 0.3), tracks, "train")

    for name in ("noise", "audio", "real"):
        assert getattr(parts, name) == pytest.approx(getattr(whole, name), rel=1e-5)


def test_the_distance_of_black_and_white_is_one():
    white = np.ones((2, 4, 4, 3), np.float32)

    assert distance(white, -white) == 1.0
    assert distance(white, white) == 0.0


@pytest.mark.parametrize("count", [2, 3, 50])
def test_in_a_circle_everyone_has_another_one_and_is_another_s(count):
    partner = derangement(count, seed=1)

    assert (partner != np.arange(count)).all()
    assert sorted(partner) == list(range(count))


def test_it_reads_in_a_line():
    line = str(Diversity(0.0424, 0.3371, 0.3478, 360, "test"))

    assert "by noise 0.042, by music 0.337, real ones of two tracks 0.348" in line
    assert "\n" not in line


def test_the_same_facts_painted_twice_differ_by_a_third_of_what_two_tracks_do():
    """The 0.115 of docs/models.md, of values in [0, 1]."""
    tracks = [facts.track(0, "val", index) for index in range(360)]
    one = np.stack([covers.paint(track, 64) for track in tracks]) / 255.0
    again = [replace(track, index=track.index + 100_000) for track in tracks]
    two = np.stack([covers.paint(track, 64) for track in again]) / 255.0
    partner = np.random.default_rng(0).permutation(360)

    assert np.abs(one - two).mean() == pytest.approx(0.115, abs=0.005)
    assert np.abs(one - one[partner]).mean() == pytest.approx(0.345, abs=0.02)
