"""Tiny models of every kind with random weights, and examples for them."""

import hashlib
import json

import numpy as np
import pytest

from coverzoo import zoo
from coverzoo.export.examples import Examples
from coverzoo.export.exporter import Source
from coverzoo.training.run import Run


def random_examples(model):
    """64 random examples of every input that the model has."""
    rng = np.random.default_rng(0)
    values = {}
    if hasattr(model, "generate"):
        values["z"] = rng.standard_normal((64, model.latent_dim)).astype(np.float32)
        values["strength"] = np.ones(64, np.float32)
        if model.audio_encoder is not None:
            values["audio"] = rng.lognormal(size=(64, 1160)).astype(np.float32)
    if hasattr(model, "reconstruct"):
        values["image"] = rng.uniform(-1, 1, (64, 32, 32, 3)).astype(np.float32)
        if model.method != "unpool":
            values["code"] = np.asarray(model.encode(values["image"]))
    return Examples(values)


@pytest.fixture(scope="session")
def source(used):
    """Make a `Source` of a model of any kind.

    The `ae-transpose` has the fewest signatures and is exported fastest: it stands for any model.
    """

    def source(model, audio=False, **changes):
        run = used(model, audio, gently=True, **changes)
        config = {"model": model, "audio": audio, "preset": "small", "seed": 0}
        (run / "config.json").write_text(json.dumps(config))
        loaded = zoo.load(run)
        name = f"{model}{'-audio' if audio else ''}"
        digest = hashlib.sha256((run / "model.keras").read_bytes()).hexdigest()
        return Source(Run(run), config, loaded, digest, name, None, random_examples(loaded))

    return source
