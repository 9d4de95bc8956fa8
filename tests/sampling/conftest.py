"""`zoo-sample` on runs of tiny networks whose weights are drawn: untrained, they hear at once."""

import numpy as np
import pytest
from PIL import Image

from coverzoo.sampling.cli import main as zoo_sample


@pytest.fixture(scope="session")
def vae(used):
    """A VAE that hears, its prior too."""
    return used("vae", audio=True)


@pytest.fixture(scope="session")
def deaf_vae(used):
    """A VAE without audio."""
    return used("vae")


@pytest.fixture(scope="session")
def autoencoder(used):
    """It gives covers back and paints none."""
    return used("ae-resize")


@pytest.fixture(scope="session")
def painter(used):
    """A GAN's generator that hears; it gives no covers back."""
    return used("wgan-gp", audio=True)


@pytest.fixture
def tracks(tmp_path):
    """Three vectors in files, two of them of one name."""
    files = [tmp_path / name for name in ("a.npy", "b.npy", "more/a.npy")]
    (tmp_path / "more").mkdir()
    for number, file in enumerate(files):
        np.save(file, np.random.default_rng(number).lognormal(size=1160))
    return files


@pytest.fixture
def sample(call, tmp_path, monkeypatch):
    """Run `zoo-sample … --out` in `tmp_path`; gives the grid's cells, (rows, columns, S, S, 3)."""
    monkeypatch.chdir(tmp_path)

    def sample(*arguments):
        out = tmp_path / "grid.png"
        result = call(zoo_sample, *arguments, "--out", out)
        assert result.exit_code == 0, result.output
        assert result.stderr == ""
        with Image.open(out) as sheet:
            pixels = np.asarray(sheet.convert("RGB"))
        rows, columns = ((side - 2) // 34 for side in pixels.shape[:2])
        cells = pixels[2:, 2:].reshape(rows, 34, columns, 34, 3).swapaxes(1, 2)
        return cells[:, :, :32, :32]

    return sample


@pytest.fixture
def refused(call, tmp_path, monkeypatch):
    """Run a call that must be refused; gives its line."""
    monkeypatch.chdir(tmp_path)

    def refused(*arguments):
        before = sorted(tmp_path.rglob("*"))
        result = call(zoo_sample, *arguments)
        assert sorted(tmp_path.rglob("*")) == before
        (line,) = result.stderr.splitlines()
        assert line.startswith("Error: ")
        usage = line.endswith("See sample --help.")
        assert result.exit_code == (2 if usage else 1)
        return line

    return refused
