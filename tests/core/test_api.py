"""`import coverzoo`: what the commands do, from Python."""

import configparser
import doctest
import inspect
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

import coverzoo
from coverzoo.zoo import noise

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = ("load", "generate", "train", "evaluate", "export_model")


@pytest.fixture(scope="session")
def gan_run(used):
    """The folder of a GAN conditioned on audio, 32 px, with drawn weights."""
    return used("wgan-gp", audio=True, gently=True)


@pytest.fixture
def track_files(tmp_path):
    """Two tracks in files."""
    files = [tmp_path / name for name in ("first.npy", "second.npy")]
    for number, file in enumerate(files):
        np.save(file, np.random.default_rng(number).lognormal(size=1160))
    return files


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_example_of_a_function_runs(name, pairs, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my-covers").symlink_to(pairs)
    function = getattr(coverzoo, name)
    examples = doctest.DocTestFinder(recurse=False).find(
        function, globs={"coverzoo": coverzoo, "np": np}
    )

    results = [doctest.DocTestRunner().run(each) for each in examples]

    assert [(result.failed, result.attempted > 0) for result in results] == [(0, True)]


def test_importing_is_light_and_offers_what_it_lists():
    code = (
        "import sys, coverzoo; from coverzoo import *; "
        "print({'tensorflow', 'keras', 'numpy', 'click'} & set(sys.modules), __version__)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == f"set() {version('coverzoo')}"
    with pytest.raises(AttributeError, match="no attribute 'absent'"):
        coverzoo.absent  # noqa: B018


def test_the_package_declares_its_types():
    assert (Path(inspect.getfile(coverzoo)).parent / "py.typed").is_file()
    for name in FUNCTIONS:
        signature = inspect.signature(getattr(coverzoo, name))
        kinds = [parameter.annotation for parameter in signature.parameters.values()]
        assert inspect.Parameter.empty not in [*kinds, signature.return_annotation]


def test_generate_returns_what_the_model_generates(gan_run, track_files):
    covers = coverzoo.generate(gan_run, track_files, count=3, seed=4, strength=0.5, truncation=1.0)

    model = coverzoo.load(gan_run)
    z = noise.normal(4, range(3), model.latent_dim, 1.0)
    vectors = np.stack([np.load(track) for track in track_files]).astype(np.float32)
    expected = model.generate(np.tile(z, (2, 1)), np.repeat(vectors, 3, axis=0), 0.5)
    np.testing.assert_allclose(covers, expected, atol=1e-5)


def test_a_track_can_be_a_path_a_string_an_array_or_several_of_them(gan_run, track_files):
    expected = coverzoo.generate(gan_run, track_files)
    arrays = [np.load(track) for track in track_files]

    for tracks in (
        list(map(str, track_files)),
        arrays,
        np.stack(arrays),
        (track_files[0], arrays[1]),
    ):
        np.testing.assert_array_equal(coverzoo.generate(gan_run, tracks), expected)
    for track in (track_files[0], str(track_files[0]), arrays[0]):
        np.testing.assert_allclose(coverzoo.generate(gan_run, track), expected[:1], atol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"tracks": "gone.npy"}, r"gone\.npy"),
        ({"tracks": np.ones(7)}, "1160"),
        ({"tracks": np.full(1160, np.nan)}, "finite"),
        ({"tracks": []}, "tracks"),
        ({"count": 0}, "count"),
        ({"count": 1.5}, "count"),
        ({"seed": "a"}, "seed"),
        ({"seed": 2**70}, "seed"),
        ({"strength": float("nan")}, "strength"),
        ({"truncation": 0.0}, "truncation"),
    ],
)
def test_generate_refuses_a_wrong_argument_by_name(gan_run, arguments, message):
    with pytest.raises(coverzoo.UserError, match=message):
        coverzoo.generate(gan_run, **arguments)


def test_a_missing_run_is_a_user_error(tmp_path):
    for call in (coverzoo.load, coverzoo.generate):
        with pytest.raises(coverzoo.UserError, match="gone"):
            call(tmp_path / "gone")
    with pytest.raises(coverzoo.UserError, match="gone"):
        coverzoo.export_model(tmp_path / "gone", tmp_path / "out")


def test_export_model_returns_the_manifest(gan_run, pairs, tmp_path):
    config = {"model": "wgan-gp", "audio": True, "preset": "small", "seed": 0}
    (gan_run / "config.json").write_text(json.dumps(config))

    manifest = coverzoo.export_model(gan_run, tmp_path / "out", formats="saved-model", data=pairs)

    assert manifest == json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert (tmp_path / "out" / "saved_model" / "1" / "saved_model.pb").is_file()
    assert not (tmp_path / "out" / "tflite").exists()


def test_export_model_refuses_an_unknown_format(gan_run, tmp_path):
    with pytest.raises(coverzoo.UserError, match="onnx"):
        coverzoo.export_model(gan_run, tmp_path / "out", formats="onnx")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model": "wgan"}, "wgan: unknown"),
        ({"model": "gan", "settings": {"nothing": 1}}, "nothing"),
        ({"model": "gan", "settings": {"critic_steps": 0}}, "critic_steps"),
        ({"model": "gan", "steps": 5, "minutes": 1.0}, "steps"),
        ({"model": "gan", "data": "gone"}, "gone"),
        ({"resume": True}, "out"),
    ],
)
def test_train_refuses_a_wrong_argument_by_name(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(coverzoo.UserError, match=message):
        coverzoo.train(**arguments)

    assert list(tmp_path.iterdir()) == []


def test_retracing_is_not_reported_for_many_batch_sizes(gan_run, recwarn, caplog):
    model = coverzoo.load(gan_run)

    for count in range(1, 9):
        model.generate(np.zeros((count, model.latent_dim), np.float32))

    assert "retracing" not in caplog.text
    assert tf.executing_eagerly()


def test_folders_of_a_user_with_our_names_do_not_matter(tmp_path):
    for folder in package_folders():
        (tmp_path / f"{folder}.py").write_text("raise ImportError('a file of the user')")
    script = tmp_path / "script.py"
    script.write_text(
        "import coverzoo\n"
        "from coverzoo import corpus, evaluation, export, sampling, serving, training, zoo\n"
        "print(coverzoo.generate('demo', count=2).shape)\n"
    )

    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, cwd=tmp_path, check=False
    )

    assert (done.returncode, done.stdout) == (0, "(2, 128, 128, 3)\n"), done.stderr


def package_folders():
    """The folders of the checkout that setup.cfg maps to packages."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = setup["options"]["package_dir"].strip().splitlines()
    return [line.split("=")[1].strip() for line in lines]
