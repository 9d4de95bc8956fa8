"""The first judge: it knows a genre when it sees one, and knows whether the audio mattered."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from coverzoo.corpus.layout import read_split
from coverzoo.evaluation.genre_accuracy import (
    GenreClassifier,
    balanced_accuracy,
    known_genre_samples,
)

COLOURS = {"blue": (30, 40, 200), "green": (20, 180, 60), "red": (200, 30, 40), "white": (240,) * 3}


@pytest.mark.filterwarnings("ignore:y_pred contains classes")
@pytest.mark.parametrize("seed", range(3))
def test_balanced_accuracy_is_scikit_learns(seed):
    rng = np.random.default_rng(seed)
    truth = rng.choice(5, size=200, p=[0.6, 0.2, 0.1, 0.07, 0.03])
    predicted = np.where(rng.random(200) < 0.5, truth, rng.integers(0, 6, 200))

    expected = balanced_accuracy_score(truth[truth < 4], predicted[truth < 4])

    known = np.where(truth < 4, truth, -1)
    assert balanced_accuracy(known, predicted) == pytest.approx(expected, abs=1e-12)


def test_balanced_accuracy_weighs_genres_alike():
    assert balanced_accuracy([0, 0, 0, 1], [0, 0, 0, 0]) == 0.5
    assert balanced_accuracy([0, 0, 0, 1], [1, 1, 1, 1]) == 0.5
    assert balanced_accuracy([0, 1, 2], [0, 1, 2]) == 1.0
    with pytest.raises(ValueError, match="no sample has a known genre"):
        balanced_accuracy([-1, -1], [0, 1])


def test_what_can_be_judged(corpus):
    genres, _, test = corpus

    assert known_genre_samples(genres, test) == list(test)
    assert len(known_genre_samples(genres[:3], test)) == 30
    with pytest.raises(ValueError, match="takes two genres or more to tell apart, there is 1"):
        known_genre_samples(genres[:1], test)
    with pytest.raises(ValueError, match="two test tracks of genres in train, there is 1"):
        known_genre_samples(genres, test[:1])
    with pytest.raises(ValueError, match="two test tracks of genres in train, there is 0"):
        known_genre_samples(["ska", "dub"], test)


@pytest.fixture
def corpus(tmp_path, write_track):
    """Covers whose colour tells the genre, vectors that tell the track: genres, train, test."""
    rng = np.random.default_rng(0)
    for split, count in (("train", 16), ("test", 10)):
        for genre, colour in COLOURS.items():
            for number in range(count):
                noise = rng.normal(0, 15, (32, 32, 3))
                pixels = np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)
                vector = rng.normal(size=1160).astype(np.float32)
                write_track(tmp_path, split, genre, f"{number}", vector, pixels=pixels)
    train, test = (read_split(tmp_path, split, audio=True) for split in ("train", "test"))
    return train.genres, train.samples, test.samples


class Sampler:
    """A model that paints the colour of a genre: the one that `genre_of(audio, z)` says."""

    latent_dim = 4

    def __init__(self, genre_of):
        self.genre_of, self.heard = genre_of, []

    def generate(self, z, audio):
        self.heard.append(audio)
        genres = sorted(COLOURS)
        chosen = [genres[self.genre_of(a, code)] for a, code in zip(audio, z, strict=True)]
        covers = np.array([COLOURS[genre] for genre in chosen], np.float32)[:, None, None]
        return np.tile(covers, (1, 32, 32, 1)) / 127.5 - 1.0


def test_the_verdict_tells_whether_the_audio_matters(corpus):
    genres, train, test = corpus
    told = {np.load(s.audio).tobytes(): genres.index(s.genre) for s in test}
    listening = Sampler(lambda audio, z: told[audio.tobytes()])
    deaf = Sampler(lambda audio, z: int(abs(z[0]) * 1e4) % 4)
    stubborn = Sampler(lambda audio, z: 0)
    seen = []

    judge = GenreClassifier(genres, 32).train(train, steps=60, progress=seen.append)
    verdict = {model: judge.verdict(model, test) for model in (listening, deaf, stubborn)}

    assert sum(seen) == 60
    heard = verdict[listening]
    assert heard.real > 0.9
    assert heard.generated > 0.9
    assert heard.shuffled < 0.45
    assert heard.chance == 0.25
    assert (heard.covers, heard.genres) == (40, 4)
    # Deaf models stay at chance, and lose nothing by the shuffle.
    assert verdict[deaf].generated < 0.45
    assert verdict[deaf].shuffled == verdict[deaf].generated
    assert verdict[stubborn].generated == verdict[stubborn].shuffled == 0.25
    assert verdict[deaf].real == heard.real

    own, other = listening.heard
    assert all((own != other).any(axis=1)), "a track was given its own audio as another's"
    assert {row.tobytes() for row in own} == {row.tobytes() for row in other}
    line = str(heard)
    assert f"real {heard.real:.3f}, generated {heard.generated:.3f}" in line
    assert "over 40 test tracks" in line
    assert len(line.splitlines()) == 1


def test_the_judge_is_the_same_every_time(corpus):
    genres, train, _ = corpus
    covers = np.random.default_rng(1).uniform(-1, 1, (8, 32, 32, 3)).astype(np.float32)

    one, other = (
        GenreClassifier(genres, 32).train(train, steps=3).network(covers) for _ in range(2)
    )

    np.testing.assert_array_equal(one, other)
