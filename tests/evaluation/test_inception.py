"""`--features inception`: beside keras.applications used directly, and files that do not fit."""

import json
import shutil
import socket
from hashlib import sha256

import h5py
import keras
import numpy as np
import pytest
from PIL import Image

from coverzoo.evaluation.cli import main
from coverzoo.evaluation.networks import inception
from coverzoo.evaluation.networks.inception import InceptionEncoder


@pytest.fixture(scope="module")
def network():
    """InceptionV3 with random weights, whose statistics are not the initial ones either."""
    network = keras.applications.InceptionV3(weights=None, include_top=False, pooling="avg")
    rng = np.random.default_rng(0)
    for weight in network.weights:
        if weight.path.endswith("kernel"):
            fan_in = np.prod(weight.shape[:-1])
            weight.assign(rng.normal(0.0, np.sqrt(2.0 / fan_in), weight.shape))
        elif weight.path.endswith("variance"):
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
        else:
            weight.assign(rng.normal(0.0, 0.1, weight.shape))
    return network


@pytest.fixture(scope="module")
def weights(network, tmp_path_factory):
    file = tmp_path_factory.mktemp("inception") / "inception.weights.h5"
    network.save_weights(file)
    return file


@pytest.fixture(scope="module")
def encoder(weights):
    return InceptionEncoder(weights)


def covers(side, count=2):
    """Smooth covers with an edge, in [-1, 1]."""
    rng = np.random.default_rng(side)
    coarse = rng.uniform(-1.0, 1.0, (count, 4, 4, 3)).astype(np.float32)
    images = coarse.repeat(side // 4, axis=1).repeat(side // 4, axis=2)
    ramp = np.linspace(-0.5, 0.5, side, dtype=np.float32)[:, None, None]
    return np.clip(images + ramp, -1.0, 1.0)


def by_pillow(images):
    """Covers at 299 px by Pillow's bicubic resizer, channel by channel in float32."""
    return np.stack(
        [
            np.stack(
                [
                    np.asarray(
                        Image.fromarray(np.ascontiguousarray(image[..., channel])).resize(
                            (299, 299), Image.Resampling.BICUBIC
                        )
                    )
                    for channel in range(3)
                ],
                axis=-1,
            )
            for image in images
        ]
    ).clip(-1.0, 1.0)


@pytest.mark.parametrize("side", [32, 128, 512])
def test_features_are_those_of_keras_on_covers_resized_by_pillow(network, encoder, side):
    images = covers(side)
    preprocess = keras.applications.inception_v3.preprocess_input
    pixels = (by_pillow(images) + 1.0) * 127.5  # [0, 255], what preprocess_input takes

    expected = np.asarray(network(preprocess(pixels), training=False))
    found = encoder.features(images)

    assert found.dtype == np.float32
    assert found.shape == (2, 2048)
    difference = np.abs(expected[0] - expected[1]).mean()
    assert difference > 0.02 * expected.mean(), "ten times what is tolerated below"
    np.testing.assert_allclose(found, expected, rtol=2e-3, atol=2e-3 * expected.mean())


def test_features_do_not_depend_on_how_covers_are_divided(encoder, monkeypatch):
    images = covers(32, count=5)
    whole = encoder.features(images)
    monkeypatch.setattr(inception, "BATCH_SIZE", 2)

    np.testing.assert_allclose(encoder.features(images), whole, rtol=1e-4, atol=1e-5)


def test_equal_weights_have_one_name_whatever_the_file(network, encoder, tmp_path):
    """The layout of the file that Keras distributes, written by h5py."""
    file = tmp_path / "published_notop.h5"
    with h5py.File(file, "w") as content:
        content.attrs["layer_names"] = [layer.name.encode() for layer in network.layers]
        content.attrs["backend"], content.attrs["keras_version"] = b"tensorflow", b"2.0.4"
        for layer in network.layers:
            group = content.create_group(layer.name)
            names = [f"{layer.name}/{number}:0" for number, _ in enumerate(layer.weights)]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, weight in zip(names, layer.weights, strict=True):
                group.create_dataset(name, data=weight.numpy())

    values = b"".join(np.asarray(each).astype("<f4").tobytes() for each in network.weights)
    digest = sha256(values).hexdigest()[:8]
    assert encoder.name(7) == InceptionEncoder(file).name(7)
    assert encoder.name(7) == (
        f"inception-v3 (keras), weights {digest}, 299 px, bicubic antialiased, 7 covers"
    )


def cut(source, file):
    file.write_bytes(source.read_bytes()[:1_000_000])


def of_another_network(source, file):
    layers = [keras.Input((8, 8, 3)), keras.layers.Conv2D(32, 3, use_bias=False)]
    keras.Sequential(layers).save_weights(file)


def with_a_value_that_is_no_number(source, file):
    shutil.copy(source, file)
    with h5py.File(file, "r+") as content:
        content["layers/conv2d_5/vars/0"][0, 0, 0, 0] = np.nan


@pytest.mark.parametrize(
    ("name", "write", "message"),
    [
        ("a.weights.h5", lambda source, file: None, "cannot be read: No such file or directory"),
        ("a.h5", lambda source, file: file.mkdir(), "cannot be read: Is a directory"),
        ("a.txt", lambda source, file: file.write_text("x"), "expected a file of Keras weights"),
        ("a.h5", lambda source, file: file.write_text("x"), "no HDF5 file, or damaged"),
        ("a.weights.h5", cut, "no HDF5 file, or damaged"),
        ("a.weights.h5", of_another_network, "does not hold the weights of InceptionV3"),
        ("a.weights.h5", with_a_value_that_is_no_number, "are not finite"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_before_anything_is_written(
    evaluated, weights, tmp_path, name, write, message
):
    file = tmp_path / name
    write(weights, file)

    result = evaluated("--features", "inception", "--inception-weights", file)

    assert result.exit_code == 1
    assert result.output.count("\n") == 1
    assert f"--inception-weights {file}: " in result.output
    assert message in result.output
    assert not (tmp_path / "out").exists()


def test_a_failed_download_names_the_option(evaluated, tmp_path, monkeypatch):
    def unreachable(*args, **kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unreachable)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))

    result = evaluated("--features", "inception")

    assert result.exit_code == 1
    assert result.output.count("\n") == 1
    assert "InceptionV3: its weights cannot be downloaded (URL fetch failure" in result.output
    assert "--inception-weights FILE" in result.output
    assert not (tmp_path / "out").exists()


def test_weights_need_the_features_they_are_for(evaluated, weights):
    result = evaluated("--inception-weights", weights)

    assert result.exit_code == 2
    assert "--inception-weights: only for --features inception" in result.output


@pytest.mark.slow
def test_a_run_is_measured_with_them_and_does_not_compare_with_others(
    evaluated, weights, call, tmp_path, monkeypatch
):
    monkeypatch.setattr(inception, "SIDE", 75)  # the smallest that InceptionV3 takes
    monkeypatch.setattr("coverzoo.evaluation.networks.cover_encoder.CoverEncoder.train", None)

    result = evaluated("--features", "inception", "--inception-weights", weights)

    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "out" / "metrics.json").read_text())
    name = found["protocol"]["features"]
    assert name.startswith("inception-v3 (keras), weights ")
    assert name.endswith(", 75 px, bicubic antialiased, 6 covers")
    assert found["memorisation"]["covers"] == 6
    assert name in (tmp_path / "out" / "report.html").read_text()
    found["protocol"]["features"] = "own, 32 px, area"
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "metrics.json").write_text(json.dumps(found))
    mixed = call(main, "compare", tmp_path / "own", tmp_path / "out")
    assert mixed.exit_code == 1
    assert f"its features is {name}, that of" in mixed.output
