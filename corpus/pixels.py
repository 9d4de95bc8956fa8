"""Pixels: cropping, resizing and scaling of images to [-1, 1] in TensorFlow."""

import tensorflow as tf


def square(images: tf.Tensor, size: int) -> tf.Tensor:
    """Crop the central square of images and resize it.

    Args:
        images: Images, uint8 (B, H, W, 3).
        size: Side S of the result in pixels. If it divides the side of the square, a pixel is the
            mean of the area it covers; otherwise the square is resized bicubically with
            antialiasing.

    Returns:
        Images, float32 (B, S, S, 3) in [0, 255], not rounded.
    """
    shape = tf.shape(images)
    static = images.shape[1:3].as_list()
    height, width = static if None not in static else (shape[1], shape[2])
    known = isinstance(height, int)
    side = min(height, width) if known else tf.minimum(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    if not known or height != width:
        images = images[:, top : top + side, left : left + side]
    if known:
        resized = _mean(images, size, side // size) if side % size == 0 else _cubic(images, size)
    else:
        resized = tf.cond(
            side % size == 0,
            lambda: _mean(images, size, side // size),
            lambda: _cubic(images, size),
        )
    return tf.ensure_shape(resized, (images.shape[0], size, size, 3))


def normalise(images: tf.Tensor) -> tf.Tensor:
    """Scale images from [0, 255] to [-1, 1], float32."""
    return tf.cast(images, tf.float32) / 127.5 - 1.0


def _mean(images: tf.Tensor, size: int, factor: int | tf.Tensor) -> tf.Tensor:
    """Return the means over blocks of factor × factor pixels."""
    if isinstance(factor, int) and factor == 1:
        return tf.cast(images, tf.float32)
    if isinstance(factor, int):
        return tf.nn.avg_pool2d(tf.cast(images, tf.float32), factor, factor, "VALID")
    blocks = tf.reshape(tf.cast(images, tf.float32), (-1, size, factor, size, factor, 3))
    return tf.reduce_mean(blocks, axis=(2, 4))


def _cubic(images: tf.Tensor, size: int) -> tf.Tensor:
    """Resize bicubically with antialiasing; the overshoot at edges is clipped."""
    resized = tf.image.resize(images, (size, size), "bicubic", antialias=True)
    return tf.clip_by_value(resized, 0.0, 255.0)
