"""Covers and vectors on disk, for tests that read them."""

import numpy as np
import pytest
from PIL import Image


def pixels(seed, width=128, height=128, channels=3):
    """Smooth noise, which JPEG preserves well and whose rows and columns all differ."""
    coarse = np.random.default_rng(seed).integers(0, 256, (8, 8, channels), dtype=np.uint8)
    resized = [
        np.asarray(
            Image.fromarray(coarse[..., c]).resize((width, height), Image.Resampling.BICUBIC)
        )
        for c in range(channels)
    ]
    return np.stack(resized, axis=-1)


@pytest.fixture
def noise():
    return pixels


@pytest.fixture
def write_image():
    """Write an image of a mode from a seed and return its path."""

    def write(path, seed=0, mode="RGB", width=128, height=128, **options):
        path.parent.mkdir(parents=True, exist_ok=True)
        channels = {"L": 1, "LA": 2, "RGBA": 4, "CMYK": 4}.get(mode, 3)
        values = pixels(seed, width, height, channels)
        image = Image.fromarray(values[..., 0] if channels == 1 else values)
        if mode == "CMYK":
            image = Image.frombytes("CMYK", (width, height), values.tobytes())
        image.convert(mode).save(path, **options)
        return path

    return write


@pytest.fixture
def vector():
    """Return a vector of 1160 numbers from a seed, with the scales of real features."""

    def make(seed=0, dtype=np.float32):
        rng = np.random.default_rng(seed)
        return (rng.normal(size=1160) * 10.0 ** rng.uniform(-24, 13, 1160)).astype(dtype)

    return make


@pytest.fixture
def write_pair(write_image, vector):
    """Write a cover and its vector and return both paths."""

    def write(root, genre, name, seed=0, split="train"):
        pairs = root / "audio-cover_dataset"
        cover = write_image(pairs / "cover" / split / genre / f"{name}.jpg", seed)
        audio = pairs / "audio" / split / genre / f"{name}.npy"
        audio.parent.mkdir(parents=True, exist_ok=True)
        np.save(audio, vector(seed))
        return cover, audio

    return write
