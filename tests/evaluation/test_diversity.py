"""Diversity by noise and by audio, for models that depend on one of them alone."""

import numpy as np
import pytest
import tensorflow as tf

from coverzoo.corpus.audio_facts import audio_facts
from coverzoo.corpus.layout import read_split
from coverzoo.corpus.procedural import tracks
from coverzoo.corpus.procedural.audio import first_halves
from coverzoo.corpus.procedural.covers import draw
from coverzoo.evaluation.derangement import derangement
from coverzoo.evaluation.diversity import Diversity, distance, diversity
from coverzoo.evaluation.result import NotMeasurableError


class Sampler:
    """Grey covers whose level depends on the noise and on the audio."""

    latent_dim, image_size = 3, 32

    def __init__(self, by_noise, by_audio):
        self.by_noise, self.by_audio = by_noise, by_audio

    def generate(self, z, audio):
        from_audio = tf.cast(tf.reduce_sum(tf.math.tanh(audio), axis=1) / 600.0, tf.float32)
        level = self.by_noise * tf.math.tanh(z[:, 0]) + self.by_audio * from_audio
        return tf.tile(level[:, None, None, None], (1, 32, 32, 3))


@pytest.fixture(scope="module")
def samples(pairs):
    return read_split(pairs, "train", audio=True).samples


@pytest.mark.parametrize(
    ("model", "varies"),
    [
        (Sampler(0.0, 0.0), (False, False)),
        (Sampler(0.7, 0.0), (True, False)),
        (Sampler(0.0, 0.7), (False, True)),
        (Sampler(0.4, 0.4), (True, True)),
    ],
)
def test_each_value_depends_on_its_own_cause_only(samples, model, varies):
    found = diversity(model, samples, "train")

    assert (found.noise > 1e-4, found.audio > 1e-4) == varies
    assert found.covers == len(samples)


def test_twice_the_difference_is_twice_the_diversity(samples):
    one, two = (diversity(Sampler(share, share), samples, "train") for share in (0.2, 0.4))

    assert two.noise == pytest.approx(2 * one.noise, rel=1e-4)
    assert two.audio == pytest.approx(2 * one.audio, rel=1e-4)
    assert two.real == one.real


def test_one_track_is_not_enough(samples):
    with pytest.raises(NotMeasurableError, match="needs two test tracks or more, found 1"):
        diversity(Sampler(0.1, 0.1), samples[:1], "test")


def test_real_covers_are_compared_with_those_of_the_derangement(samples):
    from coverzoo.corpus.batches import ordered_batches

    (batch,) = ordered_batches(samples, (), image_size=32, batch_size=len(samples), audio=False)
    images = batch["image"].numpy()
    pairs = [np.abs(images[i] - images[j]).mean() / 2 for i, j in enumerate(derangement(24, 5))]

    found = diversity(Sampler(0, 0), samples, "train", seed=5)

    assert found.real == pytest.approx(np.mean(pairs), rel=1e-5)


def test_batches_are_weighted_by_their_pairs(samples, monkeypatch):
    whole = diversity(Sampler(0.3, 0.3), samples, "train")
    monkeypatch.setattr("coverzoo.evaluation.diversity.BATCH_SIZE", 7)

    parts = diversity(Sampler(0.3, 0.3), samples, "train")

    for name in ("noise", "audio", "real"):
        assert getattr(parts, name) == pytest.approx(getattr(whole, name), rel=1e-5)


def test_the_distance_of_black_and_white_is_one():
    white = np.ones((2, 4, 4, 3), np.float32)

    assert distance(white, -white) == 1.0
    assert distance(white, white) == 0.0


@pytest.mark.parametrize("count", [2, 3, 50])
def test_a_derangement_maps_each_sample_to_another_one(count):
    partner = derangement(count, seed=1)

    assert (partner != np.arange(count)).all()
    assert sorted(partner) == list(range(count))


def test_a_result_is_reported_in_one_line():
    line = str(Diversity(0.0424, 0.3371, 0.3478, 360, "test"))

    assert "other noise 0.042, other audio 0.337, real covers of two tracks 0.348" in line
    assert "\n" not in line


def test_two_covers_for_the_same_facts_differ_less_than_those_of_two_tracks():
    """The figures of docs/experiments/diversity.md, of values in [0, 1]."""
    drawn = [tracks.track(0, "val", index) for index in range(360)]
    facts = audio_facts(first_halves(drawn))
    one, two = (
        np.stack([draw(*each, 64, redraw)[0] for each in zip(drawn, facts, strict=True)]) / 255.0
        for redraw in (0, 1)
    )
    partner = np.random.default_rng(0).permutation(360)

    same, other = np.abs(one - two).mean(), np.abs(one - one[partner]).mean()
    assert same == pytest.approx(0.094, abs=0.005)
    assert other == pytest.approx(0.189, abs=0.01)
