"""What tests of every package share."""

import importlib
import os
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from coverzoo import backend
from coverzoo.corpus import schema
from coverzoo.corpus.procedural import synthesize
from coverzoo.evaluation import cache, protocol
from coverzoo.training.cli import main as zoo_train
from coverzoo.zoo import registry

# Like every command, before a test imports TensorFlow, which reads its options at import.
backend.start()

VARIABLE = "COVERZOO_DATA"
BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"

# Options of networks so small that a step takes milliseconds.
TINY = (
    *("--model", "wgan-gp", "--preset", "small", "--image-size", "32", "--batch-size", "4"),
    *("--set", "generator_channels=8,8,8", "--set", "critic_channels=8,8,8"),
)
TINY_AUDIO = ("--audio", "--set", "audio_embedding_dim=8", "--set", "audio_hidden_units=8")

# Options of small autoencoders, by model.
SMALL_AUTOENCODER = ("--set", "encoder_channels=4,6,5", "--set", "bottleneck_channels=7")
SMALL_AUDIO = ("--set", "audio_embedding_dim=4", "--set", "audio_hidden_units=6")
AUTOENCODERS = {
    "ae-transpose": SMALL_AUTOENCODER,
    "ae-resize": SMALL_AUTOENCODER,
    "vae": (*SMALL_AUTOENCODER, "--set", "latent_dim=5"),
}


# Settings of small networks, by model, for the fixture `used`.
SMALL_SIZES = {
    "encoder_channels": (4, 6, 5),
    "bottleneck_channels": 7,
    "latent_dim": 5,
    "generator_channels": (8, 6, 4),
    "critic_channels": (4, 6, 8),
    "audio_embedding_dim": 4,
    "audio_hidden_units": (6,),
}
SIZES = {
    model: {
        name: value
        for name, value in SMALL_SIZES.items()
        if name in registry.MODELS[model].settings.model_fields
    }
    for model in registry.MODELS
}

QUICK = protocol.Protocol(
    "quick",
    size=32,
    classifier_steps=2,
    encoder_steps=2,
    dual_steps=2,
    two_sample_steps=2,
    two_sample_sizes=(8,),
    noise_tracks=3,
    noises=2,
    permutations=19,
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark tests that use real material `real`, and those that need Essentia `audio`."""
    for item in items:
        for fixture, marker in {"real_data": "real", "essentia": "audio"}.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(marker)


@pytest.fixture(scope="session")
def real_data():
    """The folder with real covers and recordings; the test skips without it."""
    given = os.environ.get(VARIABLE)
    if given and not Path(given).is_dir():
        pytest.fail(f"{VARIABLE} is no folder: {given}")
    folder = Path(given) if given else BESIDE
    if not folder.is_dir():
        pytest.skip(f"needs real covers and recordings: no {folder}, and {VARIABLE} is not set")
    return folder


@pytest.fixture(scope="session")
def essentia():
    """Essentia's algorithms without log output; the test skips without the extra `audio`."""
    log = pytest.importorskip("essentia", reason="needs Essentia: the extra `audio`").log
    log.infoActive = log.warningActive = False
    return importlib.import_module("essentia.standard")


@pytest.fixture
def document():
    """A low-level document whose 580 values are 1, 2, … 580."""
    made = {section: {} for section in schema.SECTIONS}
    place = {name: index for index, name in enumerate(schema.names(), 1)}
    for name, value in place.items():
        path, _, last = name.rpartition(".")
        if last == "std":
            continue
        if last == "mean" and f"{path}.std" in place:  # a list of that mean and deviation
            name, spread = path, place[f"{path}.std"]
            value = [value - spread, value + spread]
        section, descriptor, *statistic = name.split(".")
        if statistic:
            made[section].setdefault(descriptor, {})[statistic[0]] = value
        else:
            made[section][descriptor] = value
    return made


@pytest.fixture(scope="session", autouse=True)
def quick_evaluations(tmp_path_factory):
    """Evaluations of the quick protocol with hardly trained networks, kept for the session."""
    folder = tmp_path_factory.mktemp("reference-networks")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(protocol, "QUICK", QUICK)
        patch.setattr(cache, "cache_folder", lambda: folder)
        yield


@pytest.fixture(scope="session")
def pairs(tmp_path_factory):
    """A data root with 24 train, 4 val and 6 test pairs of the built-in corpus; read-only."""
    root = tmp_path_factory.mktemp("built-in") / "data"
    synthesize(root, train=24, val=4, test=6, size=32)
    return root


@pytest.fixture(scope="session")
def call():
    """Run a command in this process; an exception that is no user error fails the test."""

    def call(command, *arguments):
        return CliRunner().invoke(
            command, [str(item) for item in arguments], catch_exceptions=False
        )

    return call


@pytest.fixture(scope="session")
def tiny():
    """Options of `zoo-train` for tiny networks conditioned on audio."""
    return (*TINY, *TINY_AUDIO)


@pytest.fixture(scope="session")
def train(call):
    """Run `zoo-train` in this process with tiny networks, or to resume a run.

    A new run is evaluated at the end only where `--evaluate` is given.
    """

    def train(*arguments):
        if "--resume" in arguments:
            return call(zoo_train, *arguments)
        audio = TINY_AUDIO if "--audio" in arguments else ()
        return call(zoo_train, *TINY, *audio, *_unevaluated(arguments), *arguments)

    return train


@pytest.fixture(scope="session")
def train_coder(call):
    """Run `zoo-train` in this process for a tiny autoencoder or VAE."""

    def train_coder(model, *arguments):
        small = (
            "--preset",
            "small",
            "--image-size",
            "32",
            "--batch-size",
            "4",
            *AUTOENCODERS[model],
        )
        audio = SMALL_AUDIO if "--audio" in arguments else ()
        evaluation = _unevaluated(arguments)
        return call(zoo_train, "--model", model, *small, *audio, *evaluation, *arguments)

    return train_coder


def _unevaluated(arguments):
    """The option that leaves out the evaluation, unless the arguments ask for it."""
    return () if "--evaluate" in arguments else ("--no-evaluate",)


@pytest.fixture(scope="session")
def trained(train, pairs, tmp_path_factory):
    """The folder of a run with audio, trained for three steps; read-only."""
    out = tmp_path_factory.mktemp("trained") / "run"
    result = train("--data", pairs, "--audio", "--steps", 3, "--no-evaluate", "--out", out)
    assert result.exit_code == 0, result.output
    return out


@pytest.fixture(scope="session")
def used(tmp_path_factory):
    """Write a run of a small model with random weights, 32 px, and return its folder."""

    def used(model, audio=False, gently=False, **changes):
        settings = registry.settings_of(
            model, "small", audio, {"image_size": 32, **SIZES[model], **changes}
        )
        import keras

        keras.utils.set_random_seed(0)
        network = registry.build(model, settings, audio_width=1160 if audio else 0).generative
        rng = np.random.default_rng(0)
        for weight in network.weights:
            if gently:  # near what training begins with, where rounding does not grow
                weight.assign_add(
                    rng.normal(0.0, 0.05, weight.shape) * ("moving" not in weight.path)
                )
                continue
            drawn = rng.normal(0.0, 0.4, weight.shape)
            weight.assign(np.abs(drawn) + 0.5 if "variance" in weight.path else drawn)
        if audio:
            network.adapt(rng.lognormal(size=(50, 1160)))
        run = tmp_path_factory.mktemp(model) / "run"
        run.mkdir()
        network.save(run / "model.keras")
        (run / "config.json").write_text("{}")
        return run

    return used


@pytest.fixture
def write_track():
    """Write a cover, noise by default, and its vector into the layout."""

    def write(root, split, genre, name, vector, side=32, pixels=None):
        folder = root / "audio-cover_dataset"
        image = folder / "cover" / split / genre / f"{name}.jpg"
        audio = folder / "audio" / split / genre / f"{name}.npy"
        if pixels is None:
            rng = np.random.default_rng(sum(map(ord, genre + name)))
            pixels = rng.integers(0, 256, (side, side, 3), np.uint8)
        for path in (image, audio):
            path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(image)
        np.save(audio, vector)

    return write
