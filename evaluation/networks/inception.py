"""Features of InceptionV3, for figures in the network that the literature uses."""

import warnings
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import tensorflow as tf

from coverzoo.errors import UserError
from coverzoo.types import Tensor

SIDE = 299  # of the images that InceptionV3 was trained on, in pixels
RESIZER = "bicubic antialiased"  # in the name of every figure that depends on it
BATCH_SIZE = 16  # covers at once: the first maps of one take 20 MB
SUFFIXES = (".h5", ".hdf5")  # `.weights.h5` too: Keras reads the layout by the file's name
PUBLISHED = "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"
OPTION = "--inception-weights"

Progress = Callable[[str, int | None], Any]


class InceptionEncoder:
    """InceptionV3 without its top (Szegedy et al. 2015, arXiv:1512.00567), from Keras.

    A feature is the mean of the last map over its positions. Features are not standardised: FID and
    KID are those of the values themselves (arXiv:1706.08500, 1801.01401). The published weights of
    Keras are not those of the FID of TF-GAN, nor of PyTorch, so that figures of other papers do not
    compare.

    Covers of all sides are resized by one resizer, because the FID depends on it (Parmar et al.
    2022, arXiv:2104.11222): bicubic with a = -½, antialiased where it reduces, in float32 without
    rounding to bytes, then clipped to [-1, 1].

    Args:
        weights: File of weights; None for those of ImageNet, which Keras downloads and keeps.

    Raises:
        UserError: If the file is missing, damaged or of another network, or the download fails.
    """

    def __init__(self, weights: Path | None = None) -> None:
        self.network = _downloaded() if weights is None else _read(weights)
        self.digest = _digest(self.network)

        @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3))])
        def pooled(images: Tensor) -> Tensor:
            return self.network(_resized(images), training=False)

        self._pooled = pooled
        if weights is not None and not self._is_finite():
            raise UserError(
                f"{OPTION} {weights}: damaged, or of another network: weights or features are not "
                "finite. Copy it again."
            )

    def name(self, covers: int) -> str:
        """Network, weights, resizer and number of covers: figures compare where it is equal.

        Args:
            covers: Number of real covers of the split.
        """
        return (
            f"inception-v3 (keras), weights {self.digest[:8]}, {SIDE} px, {RESIZER}, "
            f"{covers} covers"
        )

    def features(self, images: Tensor) -> np.ndarray:
        """Features (N, 2048), float32 and not below 0, of covers (N, S, S, 3) in [-1, 1]."""
        images = np.asarray(images, np.float32)
        parts = [
            self._pooled(tf.constant(images[start : start + BATCH_SIZE])).numpy()
            for start in range(0, len(images), BATCH_SIZE)
        ]
        return np.concatenate(parts)

    def _is_finite(self) -> bool:
        noise = np.random.default_rng(0).uniform(-1.0, 1.0, (1, SIDE, SIDE, 3))
        weights = (weight.numpy() for weight in self.network.weights)
        if not all(np.isfinite(each).all() for each in weights):
            return False
        return bool(np.isfinite(self.features(noise)).all())  # not with a variance below 0


def load_inception(weights: Path | None, progress: Progress) -> InceptionEncoder:
    """Load the network, before other work: `InceptionEncoder` with a progress bar.

    Args:
        weights: File of weights; None for those of ImageNet.
        progress: (label, total) → a progress bar, a context manager with `update`.

    Raises:
        UserError: If the file is missing, damaged or of another network, or the download fails.
    """
    with progress("Loading InceptionV3", 1) as bar:
        encoder = InceptionEncoder(weights)
        bar.update(1)
    return encoder


def _resized(images: Tensor) -> Tensor:
    resized = tf.image.resize(images, (SIDE, SIDE), method="bicubic", antialias=True)
    return tf.clip_by_value(resized, -1.0, 1.0)  # a cubic kernel overshoots at edges


def _downloaded() -> keras.Model:
    """The network with the weights of ImageNet; Keras checks the MD5 of the file."""
    speaks = keras.config.is_interactive_logging_enabled()
    keras.config.disable_interactive_logging()  # it would write its own lines to standard output
    try:
        return _network("imagenet")
    except Exception as error:  # Keras raises a bare Exception for a failed download
        reason = " ".join(str(error).split())
        raise UserError(
            f"InceptionV3: its weights cannot be downloaded ({reason}). Copy {PUBLISHED} from "
            f"elsewhere and give it: {OPTION} FILE"
        ) from error
    finally:
        if speaks:
            keras.config.enable_interactive_logging()


def _read(file: Path) -> keras.Model:
    """The network with the weights of a file."""
    if file.suffix not in SUFFIXES:
        raise UserError(
            f"{OPTION} {file}: expected a file of Keras weights, .weights.h5 or .h5. "
            f"Received: {file.suffix or 'no suffix'}"
        )
    try:
        with file.open("rb"):
            pass
    except OSError as error:
        raise UserError(f"{OPTION} {file}: cannot be read: {error.strerror}") from error
    try:
        with h5py.File(file):
            pass
    except OSError as error:
        raise UserError(f"{OPTION} {file}: no HDF5 file, or damaged. Copy it again.") from error
    network = _network(None)
    for weight in network.weights:  # what the file does not hold is found as not finite
        weight.assign(np.full(weight.shape, np.nan, np.float32))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on each group that a file of another network lacks
            network.load_weights(file)
    except MemoryError:
        raise
    except Exception as error:  # h5py and Keras raise errors of many kinds
        raise UserError(
            f"{OPTION} {file}: does not hold the weights of InceptionV3 without its top, or is "
            f"damaged. Give {PUBLISHED}, or a file of model.save_weights."
        ) from error
    return network


def _network(weights: str | None) -> keras.Model:
    return keras.applications.InceptionV3(
        include_top=False, pooling="avg", weights=weights, input_shape=(SIDE, SIDE, 3)
    )


def _digest(network: keras.Model) -> str:
    """SHA-256 of the values, so that files of equal weights in other layouts are equal."""
    found = sha256()
    for weight in network.weights:
        found.update(weight.numpy().astype("<f4").tobytes())
    return found.hexdigest()
