"""Batches: content, order and pixels."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from coverzoo.corpus.batches import ordered_batches, training_batches
from coverzoo.corpus.covers import load_cover
from coverzoo.corpus.layout import read_images, read_split
from coverzoo.errors import UserError


def first(samples, size, genres=(), audio=False, batch_size=64):
    batches = ordered_batches(samples, genres, image_size=size, batch_size=batch_size, audio=audio)
    return {key: value.numpy() for key, value in next(iter(batches)).items()}


def levels(batch):
    """Images in [0, 255]."""
    return (batch["image"].astype(np.float64) + 1) * 127.5


@pytest.fixture
def numbered(tmp_path, write_image):
    """Samples whose group is their number, which identifies the samples of a batch."""

    def make(count):
        path = write_image(tmp_path / "n.png", width=8, height=8)
        (sample,) = read_images([path])
        return [replace(sample, group=number) for number in range(count)]

    return make


def order(samples, steps, batch_size, **options):
    options = {"seed": 3, "image_size": 4, "audio": False} | options
    batches = training_batches(samples, (), batch_size=batch_size, **options)
    return np.stack([batch["group"].numpy() for batch in batches.take(steps)])


def test_a_batch_has_the_documented_keys_shapes_and_values(tmp_path, write_pair, vector):
    for seed, (genre, name) in enumerate([("jazz", "a"), ("pop", "b"), ("rock", "c")]):
        write_pair(tmp_path, genre, name, seed)
    samples = read_split(tmp_path, "train", audio=True).samples

    batch = first(samples, 128, genres=("jazz", "rock"), audio=True)

    assert batch["image"].shape == (3, 128, 128, 3)
    assert batch["image"].dtype == np.float32
    assert np.abs(batch["image"]).max() <= 1
    assert batch["audio"].dtype == np.float32
    np.testing.assert_array_equal(batch["audio"], [vector(seed) for seed in range(3)])
    assert batch["genre"].dtype == np.int32
    assert batch["genre"].tolist() == [0, -1, 1]
    assert batch["group"].dtype == np.int64
    assert batch["group"].tolist() == [sample.group for sample in samples]
    assert set(first(samples, 128)) == {"image", "genre", "group"}


def test_a_batch_counts_how_often_training_has_shown_each_sample_before(numbered):
    options = {"image_size": 32, "batch_size": 4, "seed": 0, "audio": False}
    batches = training_batches(numbered(6), (), **options).take(3)
    later = training_batches(numbered(6), (), **options, start_step=2).take(1)

    epochs = [batch["epoch"].numpy().tolist() for batch in [*batches, *later]]

    assert epochs == [[0, 0, 0, 0], [0, 0, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]]


def test_shapes_are_known_before_the_first_batch(numbered):
    batches = training_batches(
        numbered(3), (), image_size=32, batch_size=5, seed=0, audio=False, flip=True
    )
    assert {k: (v.shape.as_list(), v.dtype) for k, v in batches.element_spec.items()} == {
        "image": ([5, 32, 32, 3], tf.float32),
        "genre": ([5], tf.int32),
        "group": ([5], tf.int64),
        "epoch": ([5], tf.int64),
    }
    assert batches.cardinality() == tf.data.INFINITE_CARDINALITY
    ordered = ordered_batches(numbered(7), (), image_size=32, batch_size=5, audio=False)
    assert ordered.element_spec["image"].shape.as_list() == [None, 32, 32, 3]
    assert len(ordered) == 2


@pytest.mark.parametrize(
    ("name", "mode", "options"),
    [
        ("a.jpg", "RGB", {"quality": 75}),
        ("a.jpg", "RGB", {"quality": 95, "subsampling": 0}),
        ("a.jpg", "RGB", {"progressive": True}),
        ("a.jpg", "L", {}),
        ("a.jpg", "CMYK", {}),
        ("a.png", "RGB", {}),
        ("a.png", "L", {}),
        ("a.png", "P", {}),
        ("a.png", "1", {}),
    ],
)
def test_pixels_equal_those_of_pillow(tmp_path, write_image, name, mode, options):
    path = write_image(tmp_path / name, 5, mode, **options)
    expected = np.asarray(Image.open(path).convert("RGB"))
    batch = first(read_images([path]), 128)
    np.testing.assert_allclose(levels(batch)[0], expected, atol=1e-4)


def test_formats_and_sizes_can_be_mixed(tmp_path, write_image):
    formats = [("a.jpg", "RGB"), ("b.png", "RGBA"), ("c.png", "L"), ("d.jpg", "CMYK")]
    paths = [write_image(tmp_path / name, 1, mode) for name, mode in formats]
    wide = write_image(tmp_path / "e.jpg", width=200, height=150)

    equal_sizes = levels(first(read_images(paths), 64))
    mixed_sizes = levels(first(read_images([*paths, wide]), 64))

    assert mixed_sizes.shape == (5, 64, 64, 3)
    np.testing.assert_allclose(mixed_sizes[:4], equal_sizes, atol=1e-3)
    for path, image in zip(paths, equal_sizes, strict=True):
        np.testing.assert_allclose(
            image, load_cover(path).reshape(64, 2, 64, 2, 3).mean((1, 3)), atol=1e-3
        )


@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("size", [32, 64, 128])
def test_integer_factors_are_means_over_the_central_square(tmp_path, write_image, size, mixed):
    path = write_image(tmp_path / "a.png", width=161, height=128)
    other = write_image(tmp_path / "b.png", width=10, height=20)
    middle = load_cover(path)[:, 16:144].astype(np.float64)
    factor = 128 // size

    batch = first(read_images([path, other] if mixed else [path]), size)

    expected = middle.reshape(size, factor, size, factor, 3).mean((1, 3))
    np.testing.assert_allclose(levels(batch)[0], expected, atol=1e-4)


@pytest.mark.parametrize("side", [100, 150, 20])
def test_other_factors_are_close_to_bicubic_resizing_by_pillow(tmp_path, write_image, side):
    path = write_image(tmp_path / "a.png", 2, width=side, height=side + 11)
    crop = Image.open(path).crop((0, 5, side, 5 + side))
    expected = np.asarray(crop.resize((64, 64), Image.Resampling.BICUBIC), np.float64)

    result = levels(first(read_images([path]), 64))[0]

    # Pillow resizes one axis at a time and rounds between them.
    assert np.abs(result - expected).max() < 2.5
    assert np.abs(result - expected).mean() < 0.5
    assert result.min() >= 0
    assert result.max() <= 255.001


def test_vectors_of_every_number_type_can_be_mixed(tmp_path, write_pair, vector):
    types = ["<f4", ">f4", "<f8", ">f8"]
    for seed, kind in enumerate(types):
        _, path = write_pair(tmp_path, "rock", f"n{seed}", seed)
        np.save(path, vector(seed, kind))
    samples = read_split(tmp_path, "train", audio=True).samples
    expected = [vector(seed, kind).astype(np.float32) for seed, kind in enumerate(types)]

    np.testing.assert_array_equal(first(samples, 32, audio=True)["audio"], expected)
    for place, sample in enumerate(samples):
        single = first([sample], 32, audio=True)["audio"][0]
        np.testing.assert_array_equal(single, expected[place])


def test_the_last_ordered_batch_holds_the_remaining_samples(numbered):
    batches = ordered_batches(numbered(10), (), image_size=4, batch_size=4, audio=False)
    assert [batch["group"].numpy().tolist() for batch in batches] == [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9],
    ]


@pytest.mark.parametrize(("count", "batch_size"), [(1, 3), (5, 2), (10, 10), (7, 16), (50, 8)])
def test_every_epoch_contains_every_sample_once(numbered, count, batch_size):
    steps = -(-4 * count // batch_size)
    drawn = order(numbered(count), steps, batch_size).ravel()[: 4 * count].reshape(4, count)
    assert (np.sort(drawn, axis=1) == np.arange(count)).all()
    if count > 7:
        assert len({tuple(epoch) for epoch in drawn}) == 4


def test_the_order_depends_on_the_seed_alone(numbered):
    samples = numbered(50)
    once, again, other = (order(samples, 4, 25, seed=seed) for seed in (1, 1, 2))
    assert once.tolist() == again.tolist()
    assert once.tolist() != other.tolist()
    assert order(samples, 2, 50, seed=-(2**40)).shape == (2, 50)


def test_epochs_are_drawn_independently_of_each_other(numbered):
    places = np.argsort(order(numbered(2000), 4, 2000), axis=1)
    correlations = np.corrcoef([*places, np.arange(2000)])[np.triu_indices(5, 1)]
    assert np.abs(correlations).max() < 4 / np.sqrt(2000)


@pytest.mark.parametrize("flip", [False, True])
def test_starting_at_a_step_equals_skipping_to_it(tmp_path, write_pair, flip):
    for seed in range(5):
        write_pair(tmp_path, "rock", f"n{seed}", seed)
    samples = read_split(tmp_path, "train", audio=True).samples

    def batches(**options):
        return training_batches(
            samples,
            ("rock",),
            image_size=64,
            batch_size=2,
            seed=4,
            audio=True,
            flip=flip,
            **options,
        )

    whole = list(batches().take(23))
    for start in (1, 3, 7, 20):
        resumed = batches(start_step=start).take(3)
        for batch, expected in zip(resumed, whole[start : start + 3], strict=True):
            for key in expected:
                np.testing.assert_array_equal(batch[key], expected[key])


def test_a_late_start_does_not_read_earlier_samples(numbered):
    assert order(numbered(3), 2, 4, start_step=10**15).shape == (2, 4)


@pytest.mark.parametrize("mixed", [False, True])
def test_a_flip_mirrors_half_of_the_images_left_to_right(tmp_path, write_image, mixed):
    path = write_image(tmp_path / "a.png", 3, width=8, height=8)
    other = write_image(tmp_path / "b.png", 4, width=6, height=8)
    samples = read_images([path, other] if mixed else [path])
    straight = {s.group: i for s, i in zip(samples, first(samples, 4)["image"], strict=True)}

    def flipped(batch_size):
        batches = training_batches(
            samples, (), image_size=4, batch_size=batch_size, seed=5, audio=False, flip=True
        )
        result = []
        for batch in batches.take(256 // batch_size):
            for group, image in zip(batch["group"].numpy(), batch["image"].numpy(), strict=True):
                upright = straight[group]
                mirrored = np.abs(image - upright[:, ::-1]).max() < 1e-5
                assert mirrored or np.abs(image - upright).max() < 1e-5
                result.append(mirrored)
        return result

    assert 96 < sum(flipped(64)) < 160
    assert flipped(64) == flipped(32)


def test_missing_audio_and_missing_samples_are_errors(numbered):
    with pytest.raises(ValueError, match="audio=True"):
        first(numbered(2), 4, audio=True)
    with pytest.raises(ValueError, match="no samples"):
        first([], 4)


def test_a_damaged_jpeg_that_passes_the_check_can_be_decoded(tmp_path, write_image):
    rng = np.random.default_rng(0)
    content = write_image(tmp_path / "a.jpg").read_bytes()
    passed = []
    for number in range(300):
        damaged = bytearray(content)
        for place in rng.integers(len(content) // 3, len(content), 3):
            damaged[place] = rng.integers(256)
        path = tmp_path / f"n{number}.jpg"
        path.write_bytes(damaged[: len(damaged) - number % 3])
        try:
            passed += read_images([path])
        except UserError:
            path.unlink()
    assert {sample.decoder for sample in passed} == {"jpeg", "pillow"}
    passed = [sample for sample in passed if sample.size == (128, 128)]
    batch = levels(first(passed, 128, batch_size=300))
    expected = [load_cover(sample.image) for sample in passed]
    np.testing.assert_allclose(batch, expected, atol=1e-4)


def test_real_covers_decode_to_pillows_pixels(real_data):
    samples = read_split(real_data / "real", "val", audio=True).samples[:100]
    batch = first(samples, 128, audio=True, batch_size=100)
    expected = np.stack([np.asarray(Image.open(sample.image)) for sample in samples])
    np.testing.assert_allclose(levels(batch), expected, atol=1e-4)
    assert np.isfinite(batch["audio"]).all()
    assert (batch["audio"][:, 580:] == 0).all()
