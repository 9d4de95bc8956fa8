"""`import export`: what the commands do, from Python."""

import json

import numpy as np
import pytest

from coverzoo import export, zoo
from coverzoo.errors import UserError
from coverzoo.zoo import noise


def test_generate_paints_what_the_model_paints(painter, tracks):
    covers = export.generate(painter, tracks[:2], count=3, seed=4, strength=0.5, truncation=1.0)

    model = zoo.load(painter)
    z = noise.normal(4, range(3), model.latent_dim, 1.0)
    vectors = np.stack([np.load(track) for track in tracks[:2]]).astype(np.float32)
    expected = model.generate(np.tile(z, (2, 1)), np.repeat(vectors, 3, axis=0), 0.5)
    np.testing.assert_allclose(covers, expected, atol=1e-5)


def test_generate_refuses_by_name(painter, tmp_path):
    with pytest.raises(UserError, match=r"gone\.npy"):
        export.generate(painter, [tmp_path / "gone.npy"])


def test_export_gives_the_manifest(source, tmp_path):
    run = source("gan").run.path

    told = export.export(run, tmp_path / "out", ("saved_model",))

    assert told == json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert (tmp_path / "out" / "saved_model" / "1" / "saved_model.pb").is_file()
