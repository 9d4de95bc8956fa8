import numpy as np
import pytest
import tensorflow as tf

from coverzoo.zoo.models.augment import AUGMENTATIONS, augment, color, cutout, translation

RNG = np.random.default_rng(0)
SIDE = 16
X = RNG.uniform(-1.0, 1.0, (24, SIDE, SIDE, 3)).astype(np.float32)
SEED = tf.constant([3, 4])


def shifted(image, down, right):
    """The image moved down and right, with zeros where no pixel moved in."""
    canvas = np.zeros((3 * SIDE, 3 * SIDE, 3), np.float32)
    canvas[SIDE + down : 2 * SIDE + down, SIDE + right : 2 * SIDE + right] = image
    return canvas[SIDE : 2 * SIDE, SIDE : 2 * SIDE]


def shift_of(image, view, reach):
    """The one shift within reach that turns the image into the view."""
    reached = range(-reach, reach + 1)
    found = [
        (down, right)
        for down in reached
        for right in reached
        if np.array_equal(shifted(image, down, right), view)
    ]
    assert len(found) == 1
    return found[0]


def test_translation_moves_each_cover_by_its_own_whole_pixels():
    shifts = [shift_of(x, view, 2) for x, view in zip(X, translation(X, SEED).numpy(), strict=True)]

    assert {down for down, _ in shifts} == {right for _, right in shifts} == {-2, -1, 0, 1, 2}
    assert any(down != right for down, right in shifts)


def test_cutout_blanks_one_square_clipped_at_the_border():
    views = cutout(np.ones((200, SIDE, SIDE, 3), np.float32), SEED).numpy()

    heights, tops = set(), set()
    for view in views:
        assert (view == view[..., :1]).all()
        rows = np.flatnonzero((view[..., 0] == 0.0).any(axis=1))
        columns = np.flatnonzero((view[..., 0] == 0.0).any(axis=0))
        expected = np.ones((SIDE, SIDE))
        expected[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = 0.0
        np.testing.assert_array_equal(view[..., 0], expected)
        heights.add(len(rows))
        tops.add(rows[0] if len(rows) == SIDE // 2 else None)
    assert heights == {4, 5, 6, 7, 8}  # half the square at least stays on the cover
    assert tops >= set(range(9))  # anywhere


def test_cutout_leaves_other_pixels_unchanged():
    view = cutout(X, SEED).numpy()

    np.testing.assert_array_equal(view[view != 0.0], X[view != 0.0])


def test_color_changes_brightness_then_saturation_then_contrast():
    views = color(X, SEED).numpy()

    drawn = []
    for x, view in zip(X.astype(np.float64), views, strict=True):
        grey, view_grey = x.mean(axis=-1, keepdims=True), view.mean(axis=-1, keepdims=True)
        brightness = view.mean() - x.mean()
        contrast = np.ptp(view_grey) / np.ptp(grey)
        saturation = np.ptp(view - view_grey) / np.ptp(x - grey) / contrast

        y = x + brightness
        y = y.mean(axis=-1, keepdims=True) + saturation * (y - y.mean(axis=-1, keepdims=True))
        y = y.mean() + contrast * (y - y.mean())
        np.testing.assert_allclose(view, y, atol=1e-4)
        drawn.append((brightness, saturation, contrast))
    low, high = np.min(drawn, axis=0), np.max(drawn, axis=0)
    assert (low >= [-0.5, 0.0, 0.5]).all()
    assert (high <= [0.5, 2.0, 1.5]).all()
    assert (high - low > [0.6, 1.2, 0.6]).all()  # draws differ and fill their ranges
    assert np.abs(np.corrcoef(np.array(drawn).T) - np.eye(3)).max() < 0.6


def test_color_leaves_a_grey_cover_grey():
    grey = np.repeat(X[..., :1], 3, axis=-1)

    view = color(grey, SEED).numpy()

    np.testing.assert_allclose(view, np.repeat(view[..., :1], 3, axis=-1), atol=1e-5)


@pytest.mark.parametrize("name", AUGMENTATIONS)
@pytest.mark.parametrize("seed", [[0, 0], [3, 4], [-5, 2**31 - 1]])
def test_equal_seeds_draw_equal_views_and_other_seeds_do_not(name, seed):
    view = AUGMENTATIONS[name](X, tf.constant(seed)).numpy()

    np.testing.assert_array_equal(AUGMENTATIONS[name](X, tf.constant(seed)), view)
    assert (AUGMENTATIONS[name](X, tf.constant([9, 9])) != view).numpy().any()


@pytest.mark.parametrize("names", [["color"], ["translation"], ["cutout"], list(AUGMENTATIONS)])
def test_the_gradient_is_that_of_an_affine_map(names):
    # For a given seed every augmentation is affine, so any finite difference is exact.
    x, step, upstream = (tf.constant(RNG.normal(size=X.shape), tf.float32) for _ in range(3))
    with tf.GradientTape() as tape:
        tape.watch(x)
        weighted = tf.reduce_sum(augment(x, SEED, names) * upstream, (1, 2, 3))
    gradient = tape.gradient(weighted, x)

    moved = tf.reduce_sum(augment(x + step, SEED, names) * upstream, (1, 2, 3))
    np.testing.assert_allclose(
        tf.reduce_sum(gradient * step, (1, 2, 3)), moved - weighted, rtol=1e-3, atol=1e-2
    )
    assert (np.abs(gradient).max(axis=(1, 2, 3)) > 0.0).all()


def test_augmentations_are_applied_in_order_each_with_its_own_numbers():
    view = augment(X, SEED, ("translation", "translation", "cutout"))

    again = X
    for index, step in enumerate((translation, translation, cutout)):
        again = step(again, tf.random.fold_in(SEED, index))
    np.testing.assert_array_equal(view, again)
    first, second = (translation(X, tf.random.fold_in(SEED, index)) for index in (0, 1))
    assert (first != second).numpy().any()


def test_no_names_change_nothing():
    assert augment(X, SEED, ()) is X


def test_a_batch_of_unknown_size_is_augmented_in_a_graph():
    traced = tf.function(
        lambda x: augment(x, SEED, list(AUGMENTATIONS)),
        input_signature=[tf.TensorSpec((None, SIDE, SIDE, 3))],
    )

    np.testing.assert_allclose(traced(X), augment(X, SEED, list(AUGMENTATIONS)), atol=1e-6)
