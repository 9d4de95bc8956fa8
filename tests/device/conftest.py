"""TFLite files of small networks with random weights, and `coverzoo-device` on them."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from coverzoo import zoo
from coverzoo.export import metadata, tflite

DEVICE = Path(__file__).resolve().parents[2] / "device"
sys.path.insert(0, str(DEVICE))  # another distribution, which is not installed here
runpy.run_path(str(DEVICE / "copies.py"), run_name="__main__")

from coverzoo_device.cli import main  # noqa: E402

MAIN = "from coverzoo_device.cli import main; main()"  # the installed script


def exported(model, name, folder):
    """Write the float32 file of a model and its metadata, and return the file."""
    file = folder / f"{name}-float32.tflite"
    file.write_bytes(tflite.convert(model))
    table = tflite.Interpreter(file.read_bytes()).table()
    metadata.write_metadata(SimpleNamespace(name=name, model=model), table, folder / f"{name}.json")
    return file


@pytest.fixture(scope="session")
def model(used):
    """The Keras model of `file`."""
    return zoo.load(used("wgan-gp", audio=True, gently=True))


@pytest.fixture(scope="session")
def file(model, tmp_path_factory):
    """A TFLite file that generates with and without audio."""
    return exported(model, "gan-audio", tmp_path_factory.mktemp("gan-audio"))


@pytest.fixture(scope="session")
def file_of_an_earlier_version(used, tmp_path_factory):
    """A TFLite file of a model conditioned on audio that does not measure the typicality."""
    made = zoo.load(used("wgan-gp", audio=True, gently=True))
    made.audio_encoder.typicality = None
    return exported(made, "gan-audio", tmp_path_factory.mktemp("earlier"))


@pytest.fixture(scope="session")
def file_without_audio(used, tmp_path_factory):
    """A TFLite file of a model without audio."""
    return exported(zoo.load(used("wgan-gp", gently=True)), "gan", tmp_path_factory.mktemp("gan"))


@pytest.fixture(scope="session")
def file_that_needs_audio(used, tmp_path_factory):
    """A TFLite file of a model that cannot generate without audio."""
    made = zoo.load(used("wgan-gp", audio=True, gently=True, condition_dropout=0.0))
    return exported(made, "gan-audio", tmp_path_factory.mktemp("needs-audio"))


@pytest.fixture(scope="session")
def tracks():
    """Raw vectors, (2, 1160)."""
    return np.random.default_rng(1).lognormal(size=(2, 1160)).astype(np.float32)


@pytest.fixture
def track(tracks, tmp_path):
    """A file of the first track."""
    np.save(tmp_path / "track.npy", tracks[0])
    return tmp_path / "track.npy"


@pytest.fixture(scope="session")
def python():
    """Run Python with the distribution on its path in another process, away from the project."""

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
    """Run `coverzoo-device` in another process."""

    def command(*arguments):
        return python(MAIN, *arguments)

    return command


@pytest.fixture
def refused(tmp_path, monkeypatch, capsys):
    """Run `coverzoo-device` with arguments that it must refuse, and return its line."""
    monkeypatch.chdir(tmp_path)

    def refused(*arguments):
        before = sorted(tmp_path.rglob("*"))
        capsys.readouterr()
        with pytest.raises(SystemExit) as caught:
            main([str(argument) for argument in arguments])
        assert sorted(tmp_path.rglob("*")) == before
        out, err = capsys.readouterr()  # LiteRT's messages are hidden
        assert out == ""
        if caught.value.code == 2:
            line = err.removesuffix("\n")
        else:
            line = caught.value.code  # Python prints it and exits with status 1
            assert (isinstance(line, str), err) == (True, "")
        assert len(line.splitlines()) == 1
        return line

    return refused
