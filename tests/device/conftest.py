"""TFLite files of tiny networks with drawn weights, and the command that paints with them."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from coverzoo.export import metadata, tflite
from coverzoo.zoo import registry

DEVICE = Path(__file__).resolve().parents[2] / "device"
sys.path.insert(0, str(DEVICE))  # a distribution of its own, which is not installed here
runpy.run_path(str(DEVICE / "copies.py"), run_name="__main__")

from coverzoo_device.cli import main  # noqa: E402

TINY = {"image_size": 32, "latent_dim": 5, "generator_channels": (8, 6, 4)}
HEARD = {"audio_embedding_dim": 4, "audio_hidden_units": (6,)}
RUN = "from coverzoo_device.cli import main; main()"  # as the installed script does


def network(audio, **changes):
    """A generator of three convolutions; its untrained output hears at once."""
    settings = {**TINY, "critic_channels": (4, 6, 8), **(HEARD if audio else {}), **changes}
    settings = registry.settings_of("wgan-gp", "small", audio, settings)
    keras.utils.set_random_seed(0)
    made = registry.build("wgan-gp", settings, audio_width=1160 if audio else 0).generative
    rng = np.random.default_rng(0)
    for weight in made.weights:
        # So small that no cover is all ±1, at which differences would not show.
        drawn = rng.normal(0.0, 0.2, weight.shape)
        weight.assign(np.abs(drawn) + 0.5 if "variance" in weight.path else drawn)
    if audio:
        made.adapt(rng.lognormal(size=(50, 1160)))
    return made


def exported(model, name, folder):
    """The float32 file of a model, its card beside it."""
    file = folder / f"{name}-float32.tflite"
    file.write_bytes(tflite.convert(model))
    table = tflite.Interpreter(file.read_bytes()).table()
    metadata.write_metadata(SimpleNamespace(name=name, model=model), table, folder / f"{name}.json")
    return file


@pytest.fixture(scope="session")
def model():
    """The Keras model behind `file`."""
    return network(audio=True)


@pytest.fixture(scope="session")
def file(model, tmp_path_factory):
    """A TFLite file that hears and can do without."""
    return exported(model, "gan-audio", tmp_path_factory.mktemp("gan-audio"))


@pytest.fixture(scope="session")
def deaf(tmp_path_factory):
    """A TFLite file of a model without audio."""
    return exported(network(audio=False), "gan", tmp_path_factory.mktemp("gan"))


@pytest.fixture(scope="session")
def bound(tmp_path_factory):
    """A TFLite file of a model that cannot do without audio."""
    made = network(audio=True, condition_dropout=0.0)
    return exported(made, "gan-audio", tmp_path_factory.mktemp("bound"))


@pytest.fixture(scope="session")
def tracks():
    """Raw vectors, (2, 1160)."""
    return np.random.default_rng(1).lognormal(size=(2, 1160)).astype(np.float32)


@pytest.fixture
def track(tracks, tmp_path):
    """The first of them in a file."""
    np.save(tmp_path / "track.npy", tracks[0])
    return tmp_path / "track.npy"


@pytest.fixture(scope="session")
def python():
    """Run Python beside the distribution in a process of its own, away from the project."""

    def python(code, *arguments, cwd="/", **changes):
        return subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments)],
            env={**os.environ, "PYTHONPATH": str(DEVICE), **changes},
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return python


@pytest.fixture(scope="session")
def command(python):
    """Run `coverzoo-device` in a process of its own."""

    def command(*arguments):
        return python(RUN, *arguments)

    return command


@pytest.fixture
def refused(tmp_path, monkeypatch, capsys):
    """Run a call that must be refused; gives its line."""
    monkeypatch.chdir(tmp_path)

    def refused(*arguments):
        before = sorted(tmp_path.rglob("*"))
        capsys.readouterr()
        with pytest.raises(SystemExit) as caught:
            main([str(argument) for argument in arguments])
        assert sorted(tmp_path.rglob("*")) == before
        said, told = capsys.readouterr()  # LiteRT's own words are kept back
        assert said == ""
        if caught.value.code == 2:
            line = told.removesuffix("\n")
        else:
            line = caught.value.code  # which Python prints, and leaves with status 1
            assert (isinstance(line, str), told) == (True, "")
        assert len(line.splitlines()) == 1
        return line

    return refused
