"""The sample grid: the same noise and tracks each time, or covers and reconstructions."""

import numpy as np
import pytest

from coverzoo.corpus.batches import ordered_batches
from coverzoo.corpus.vectors import load_vectors
from coverzoo.images import to_bytes
from coverzoo.training.data import open_data
from coverzoo.training.sample_grid import COLUMNS, fixed_grid
from coverzoo.zoo import noise


class Sampler:
    """Remembers what it is called with."""

    latent_dim = 3

    def generate(self, z, audio=None):
        self.z, self.audio = z, audio
        return Covers(np.zeros((len(z), 2, 2, 3)))


class Inverter:
    """Reconstructs a cover as its negative."""

    image_size = 16

    def reconstruct(self, image):
        return Covers(-image)


class Covers:
    """A tensor with the one method that a grid needs."""

    def __init__(self, values):
        self.values = values

    def numpy(self):
        return self.values


@pytest.fixture(scope="module")
def data(pairs):
    return {audio: open_data(pairs, audio=audio) for audio in (False, True)}


@pytest.fixture
def many(write_track, tmp_path):
    """Twelve genres of three val tracks each, and a train split of one."""
    for genre in "abcdefghijkl":
        for number in range(3):
            pixels = np.full((32, 32, 3), 20 * (ord(genre) - 96) + number, np.uint8)
            vector = np.full(1160, 10.0 * (ord(genre) - 96) + number)
            write_track(tmp_path, "val", genre, str(number), vector, pixels=pixels)
    write_track(tmp_path, "train", "a", "0", np.zeros(1160))
    return tmp_path


def test_without_audio_a_grid_is_the_first_noise_of_the_seed(data):
    model = Sampler()

    covers = fixed_grid(model, data[False], audio=False, seed=5)()

    assert len(covers) == 64
    np.testing.assert_array_equal(model.z, noise.normal(5, range(64), 3))
    assert model.audio is None


def test_with_audio_a_row_is_a_track_of_another_genre_and_a_column_a_noise(many):
    model = Sampler()

    fixed_grid(model, open_data(many, audio=True), audio=True, seed=5)()

    rows = model.audio.reshape(-1, COLUMNS, 1160)
    assert rows.dtype == np.float32
    assert (rows == rows[:, :1]).all()
    assert rows[:, 0, 0].tolist() == [10.0 * place for place in range(1, 9)], "the first of eight"
    z = model.z.reshape(-1, COLUMNS, 3)
    np.testing.assert_array_equal(z, np.tile(noise.normal(5, range(COLUMNS), 3), (8, 1, 1)))


def test_without_a_val_split_the_tracks_are_train_s(many):
    model = Sampler()
    data = open_data(many, audio=True)
    data.listings.pop("val")

    fixed_grid(model, data, audio=True, seed=0)()

    assert model.audio.shape == (COLUMNS, 1160)
    np.testing.assert_array_equal(model.audio, load_vectors(data.train.samples).repeat(8, axis=0))


def test_reconstructions_stand_below_their_originals(many):
    data = open_data(many, audio=False)

    covers = fixed_grid(Inverter(), data, audio=False, seed=0)()

    assert covers.shape == (64, 16, 16, 3)
    above, below = covers.reshape(4, 2, COLUMNS, 16, 16, 3).swapaxes(0, 1)
    np.testing.assert_array_equal(below, -above)
    # Of twelve genres three tracks each, 32: all of the first and second, eight of the third.
    shades = to_bytes(above.reshape(32, 16, 16, 3)[:, 0, 0, 0]).astype(int)
    genres = np.round(shades / 20).astype(int)
    assert sorted(set(genres)) == list(range(1, 13))
    assert np.bincount(genres)[1:].tolist() == [3] * 8 + [2] * 4
    assert genres.tolist() == sorted(genres)


def test_few_covers_are_padded_with_white(data):
    covers = fixed_grid(Inverter(), data[False], audio=False, seed=0)()

    val = data[False].listings["val"].samples
    batch = next(iter(ordered_batches(val, (), image_size=16, batch_size=4, audio=False)))
    assert len(covers) == 16
    np.testing.assert_array_equal(covers[:4], batch["image"])
    np.testing.assert_array_equal(covers[8:12], -batch["image"])
    for half in (covers[:8], covers[8:]):
        assert (half[4:] == 1.0).all()


def test_a_grid_is_generated_again_at_each_call(data):
    model = Sampler()
    sample = fixed_grid(model, data[False], audio=False, seed=5)

    sample()
    first = model.z
    sample()

    assert model.z is first
