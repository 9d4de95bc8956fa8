"""`zoo-sample` on runs of tiny networks with random weights, which depend on audio untrained."""

import json

import numpy as np
import pytest
from PIL import Image

from coverzoo.sampling.cli import main as zoo_sample


@pytest.fixture(scope="session")
def audio_vae(used):
    """The run of a VAE whose decoder and prior are conditioned on audio."""
    return used("vae", audio=True)


@pytest.fixture(scope="session")
def vae(used):
    """The run of a VAE without audio."""
    return used("vae")


@pytest.fixture(scope="session")
def autoencoder(used):
    """The run of an autoencoder, which generates no covers."""
    return used("ae-resize")


@pytest.fixture(scope="session")
def audio_gan(used):
    """The run of a GAN conditioned on audio, which reconstructs no covers."""
    return used("wgan-gp", audio=True)


@pytest.fixture(scope="session")
def run(trained, tmp_path_factory):
    """A run without checkpoints whose data is gone: all that zoo-sample needs."""
    folder = tmp_path_factory.mktemp("used") / "run"
    folder.mkdir()
    (folder / "model.keras").write_bytes((trained / "model.keras").read_bytes())
    config = json.loads((trained / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"data": "/gone"}))
    return folder


@pytest.fixture
def tracks(tmp_path):
    """Three files of audio features, two of them with one name."""
    files = [tmp_path / name for name in ("a.npy", "b.npy", "more/a.npy")]
    (tmp_path / "more").mkdir()
    for number, file in enumerate(files):
        np.save(file, np.random.default_rng(number).lognormal(size=1160))
    return files


@pytest.fixture
def sample(call, tmp_path, monkeypatch):
    """Run `zoo-sample … --out` and return the cells of the grid, (rows, columns, S, S, 3)."""
    monkeypatch.chdir(tmp_path)

    def sample(*arguments):
        out = tmp_path / "grid.png"
        result = call(zoo_sample, *arguments, "--out", out)
        assert result.exit_code == 0, result.output
        # Drawn tracks need not be like the data of a run.
        known = (": less typical of ", "generates only that kind of picture.")
        assert all(any(part in line for part in known) for line in result.stderr.splitlines())
        with Image.open(out) as sheet:
            pixels = np.asarray(sheet.convert("RGB"))
        if pixels.shape == (32, 32, 3):  # a single cover has no frame
            return pixels[None, None]
        rows, columns = ((side - 2) // 34 for side in pixels.shape[:2])
        cells = pixels[2:, 2:].reshape(rows, 34, columns, 34, 3).swapaxes(1, 2)
        return cells[:, :, :32, :32]

    return sample


@pytest.fixture
def refused(call, tmp_path, monkeypatch):
    """Run `zoo-sample`, which must write nothing, and return its one line of error."""
    monkeypatch.chdir(tmp_path)

    def refused(*arguments):
        before = sorted(tmp_path.rglob("*"))
        result = call(zoo_sample, *arguments)
        assert sorted(tmp_path.rglob("*")) == before
        (line,) = result.stderr.splitlines()
        assert line.startswith("Error: ")
        usage = line.endswith("See zoo-sample --help.")
        assert result.exit_code == (2 if usage else 1)
        return line

    return refused
