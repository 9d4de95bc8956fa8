"""Genre accuracy: the classifier recognises genres, and the result shows whether audio matters."""

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import balanced_accuracy_score

from coverzoo.corpus.layout import read_split
from coverzoo.evaluation.networks.genre_accuracy import (
    GenreAccuracy,
    GenreClassifier,
    balanced_accuracy,
    interval,
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


def test_balanced_accuracy_weights_genres_equally():
    assert balanced_accuracy([0, 0, 0, 1], [0, 0, 0, 0]) == 0.5
    assert balanced_accuracy([0, 0, 0, 1], [1, 1, 1, 1]) == 0.5
    assert balanced_accuracy([0, 1, 2], [0, 1, 2]) == 1.0
    with pytest.raises(ValueError, match="no sample has a known genre"):
        balanced_accuracy([-1, -1], [0, 1])


def test_samples_that_allow_a_measurement(corpus):
    genres, _, test = corpus

    assert known_genre_samples(genres, test) == list(test)
    assert len(known_genre_samples(genres[:3], test)) == 30
    with pytest.raises(ValueError, match="needs two genres or more in train, found 1"):
        known_genre_samples(genres[:1], test)
    with pytest.raises(ValueError, match="two test tracks or more of genres in train, found 1"):
        known_genre_samples(genres, test[:1])
    with pytest.raises(ValueError, match="two test tracks or more of genres in train, found 0"):
        known_genre_samples(["ska", "dub"], test)


@pytest.fixture
def corpus(tmp_path, write_track):
    """Covers whose colour is the genre's, and vectors of each track: genres, train, test."""
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
    """A model whose covers have the colour of the genre `genre_of(audio, z)`."""

    latent_dim = 4

    def __init__(self, genre_of):
        self.genre_of, self.received = genre_of, []

    def generate(self, z, audio):
        self.received.append(audio)
        genres = sorted(COLOURS)
        chosen = [genres[self.genre_of(a, code)] for a, code in zip(audio, z, strict=True)]
        covers = np.array([COLOURS[genre] for genre in chosen], np.float32)[:, None, None]
        return np.tile(covers, (1, 32, 32, 1)) / 127.5 - 1.0


def test_the_result_shows_whether_the_audio_matters(corpus):
    genres, train, test = corpus
    genre_of = {np.load(s.audio).tobytes(): genres.index(s.genre) for s in test}
    conditioned = Sampler(lambda audio, z: genre_of[audio.tobytes()])
    by_noise = Sampler(lambda audio, z: int(abs(z[0]) * 1e4) % 4)
    constant = Sampler(lambda audio, z: 0)
    seen = []

    classifier = GenreClassifier(genres, 32).train(train, steps=60, progress=seen.append)
    results = {
        model: classifier.genre_accuracy(model, test) for model in (conditioned, by_noise, constant)
    }

    assert sum(seen) == 60
    found = results[conditioned]
    assert found.real > 0.9
    assert found.generated > 0.9
    assert found.shuffled < 0.45
    assert found.chance == 0.25
    assert (found.covers, found.genres) == (40, 4)
    assert found.generated_low < found.generated <= found.generated_high
    # Models that ignore the audio stay at chance, and the shuffle changes nothing.
    assert results[by_noise].generated < 0.45
    assert results[by_noise].shuffled == results[by_noise].generated
    assert results[constant].generated == results[constant].shuffled == 0.25
    assert results[by_noise].real == found.real

    own, other = conditioned.received
    assert all((own != other).any(axis=1)), "another track's audio is its own"
    assert {row.tobytes() for row in own} == {row.tobytes() for row in other}
    line = str(found)
    assert f"40 test tracks: generated {found.generated:.3f}" in line
    assert "too few tracks to compare models" in line
    assert len(line.splitlines()) == 1


def test_chance_is_that_of_a_guess_among_the_genres_of_train(corpus):
    genres, train, test = corpus
    two = [sample for sample in test if sample.genre in genres[:2]]

    found = (
        GenreClassifier(genres, 32)
        .train(train, steps=1)
        .genre_accuracy(Sampler(lambda audio, z: 0), two)
    )

    assert (found.chance, found.genres, found.covers) == (0.25, 2, 20)
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1], 5000)
    assert balanced_accuracy(truth, rng.integers(4, size=10_000)) == pytest.approx(0.25, abs=0.02)


def test_the_classifier_is_deterministic(corpus):
    genres, train, _ = corpus
    covers = np.random.default_rng(1).uniform(-1, 1, (8, 32, 32, 3)).astype(np.float32)

    one, other = (
        GenreClassifier(genres, 32).train(train, steps=3).network(covers) for _ in range(2)
    )

    np.testing.assert_array_equal(one, other)


def test_a_result_on_enough_tracks_is_stated_with_its_interval():
    found = GenreAccuracy(1.0, 0.8472, 0.067, 1 / 12, 360, 12, "test", 0.806, 0.881)

    assert str(found) == (
        "Genre accuracy of a classifier on covers, 360 test tracks: generated 0.847 "
        "(95 % interval 0.81 to 0.88), real 1.000, audio shuffled 0.067, chance 0.083"
    )


@pytest.mark.parametrize(
    ("chances", "counts"),
    [
        ([0.85] * 12, [30] * 12),
        ([0.05] * 12, [30] * 12),
        ([0.99] * 12, [30] * 12),
        ([0.99] * 12, [5] * 12),
        ([0.9, 0.8, 0.95, 0.7], [30] * 4),
        ([1.0, 1.0, 1.0, 0.0, 0.0, 0.5, 0.9, 0.99, 0.02, 0.7], [30] * 10),
        ([0.1, 0.05, 0.2], [10] * 3),
        ([0.5, 0.5], [6] * 2),
        ([0.5] * 20, [1] * 20),
        ([1.0, 1.0, 0.99, 0.5], [200, 100, 50, 4]),
        ([0.8] * 5, [200, 100, 50, 10, 3]),
    ],
)
def test_the_interval_contains_the_true_accuracy_95_times_of_100(chances, counts):
    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(len(chances)), counts)
    inside = 0
    for _ in range(2000):
        correct = rng.random(len(truth)) < np.repeat(chances, counts)
        low, high = interval(truth, np.where(correct, truth, len(chances)))
        inside += low <= np.mean(chances) <= high

    # The accuracy has few possible values where there are few tracks, hence the tolerance.
    assert 0.915 < inside / 2000 < 0.99


@pytest.mark.parametrize(("correct", "count"), [(0, 7), (3, 7), (7, 7), (400, 4000), (1, 1)])
def test_the_interval_of_one_genre_is_wilsons(correct, count):
    truth = np.zeros(count, int)

    found = interval(truth, np.where(np.arange(count) < correct, truth, 1))

    expected = binomtest(correct, count).proportion_ci(0.95, method="wilson")
    assert found == pytest.approx((expected.low, expected.high), abs=1e-4)


def test_genres_that_differ_narrow_the_interval():
    """Half of the genres always right, half never: draws within a genre hardly vary."""
    truth = np.repeat(np.arange(10), 30)
    mixed = interval(truth, np.where(truth < 5, truth, -1))
    alike = interval(truth, np.where(np.arange(300) % 2, truth, -1))

    assert mixed[1] - mixed[0] < 0.5 * (alike[1] - alike[0])


def test_the_interval_is_narrower_with_more_tracks():
    widths = []
    for count in (5, 50, 500):
        truth = np.repeat([0, 1], count)
        low, high = interval(truth, np.where(np.arange(2 * count) % 4, truth, 2))
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 0.06


@pytest.mark.parametrize("genres", [1, 3, 12])
@pytest.mark.parametrize("correct", range(5))
def test_the_interval_is_in_range_and_contains_the_accuracy(genres, correct):
    truth = np.repeat(np.arange(genres), 4)
    predicted = np.where(np.arange(4 * genres) % 4 < correct, truth, -1)

    low, high = interval(truth, predicted)

    assert 0.0 <= low <= balanced_accuracy(truth, predicted) <= high <= 1.0
    assert low < high
