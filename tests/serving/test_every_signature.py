"""Every signature of every network, in the two ways that TF Serving loads and runs models.

Neither is TF Serving: the C API of the library in TensorFlow's wheel, in a process that does not
import TensorFlow, and a gRPC service on loopback that runs the V1 session loader. Both refuse what
`tf.saved_model.load` accepts, such as variables that a session cannot reach.
"""

import base64
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tensorflow.python.tools.saved_model_utils import get_meta_graph_def

from coverzoo.errors import UserError
from coverzoo.images import to_bytes
from coverzoo.serving.client import Client
from coverzoo.zoo import noise, registry

BATCH_SIZES = (1, 3)
# One model per builder: GANs of other losses have the same network and the same signatures.
MODELS = [
    (model, audio)
    for model in {entry.build: model for model, entry in registry.MODELS.items()}.values()
    for audio in (False, True)[: 1 + registry.MODELS[model].audio]
]
every_model = pytest.mark.parametrize(
    ("model", "audio"),
    MODELS,
    ids=[f"{model}{'-audio' if audio else ''}" for model, audio in MODELS],
)
METHOD_ARGUMENTS = ("image_bytes", "image", "code", "z", "seeds", "audio", "strength")
C_API_SCRIPT = Path(__file__).with_name("c_api.py")
LIBRARY = Path(tf.__file__).with_name("libtensorflow_cc.so.2")


def values_of(network, tracks):
    """Three rows of every input by name."""
    rng = np.random.default_rng(5)
    count = max(BATCH_SIZES)
    pixels = rng.integers(0, 256, (count, 32, 32, 3), np.uint8)
    files = []
    for image in pixels:
        with io.BytesIO() as file:
            Image.fromarray(image).save(file, "png")
            files.append(file.getvalue())
    values = {
        "audio": tracks[:count],
        "strength": np.array([1.0, 0.0, 1.6], np.float32),
        "seeds": np.array([3, -(2**40) - 1, 2**62 + 5]),
        "image": pixels.astype(np.float32) / 127.5 - 1.0,
        "image_bytes": files,
    }
    if hasattr(network, "latent_dim"):
        values["z"] = noise.normal(1, range(count), network.latent_dim)
    if hasattr(network, "encode") and network.method != "unpool":
        values["code"] = np.asarray(network.encode(values["image"]))
    return values


def expected(network, name, given):
    """Outputs of the Keras model's own methods for the inputs of a signature."""
    given = {key: given[key] for key in METHOD_ARGUMENTS if key in given}
    typicality = {"typicality": network.typicality(given["audio"])} if "audio" in given else {}
    if "seeds" in given:
        seeds = given.pop("seeds")
        given["z"] = np.concatenate(
            [noise.normal(int(seed), [0], network.latent_dim) for seed in seeds]
        )
    if "image_bytes" in given:
        pixels = [np.asarray(Image.open(io.BytesIO(file))) for file in given.pop("image_bytes")]
        given["image"] = np.stack(pixels).astype(np.float32) / 127.5 - 1.0
    if name.startswith("encode"):
        return {"code": np.asarray(network.encode(**given))}
    # What `generate` and `reconstruct` run, without tracing it again for each batch size.
    if "z" in given:
        conditions = [given[key] for key in ("audio", "strength") if key in given]
        image = network(given["z"], *conditions)
    elif "code" in given:
        image = network.decode(*given.values())
    else:
        image = getattr(network, "reconstruct_unchecked", network)(*given.values())
    return {"image": np.asarray(image), **typicality}


def assert_near(got, wanted, network):
    """Within 1e-4; on average where the last bit can change a pooling place."""
    difference = np.abs(got.astype(np.float64) - wanted)
    unpools = getattr(network, "method", None) == "unpool"
    assert (difference.mean() if unpools else difference.max()) <= 1e-4


def decoded(files):
    """Pixels of PNG files."""
    return np.stack([np.asarray(Image.open(io.BytesIO(file))) for file in files])


def assert_as_the_model(got, network, name, given):
    """Floats are near those of the model, and pixels are those of the floats."""
    wanted = expected(network, name, given)
    percentiles = wanted.pop("typicality", None)
    assert ("typicality" in got) == (percentiles is not None)
    if percentiles is not None:
        np.testing.assert_allclose(got["typicality"], percentiles, atol=0.02)
        got = {key: value for key, value in got.items() if key != "typicality"}
    if got.keys() == {"image_bytes"}:  # the signatures ending in _png
        pixels = to_bytes(wanted["image"]).astype(int)
        assert np.abs(decoded(got["image_bytes"]) - pixels).max() <= 1
        return
    for key, value in wanted.items():
        assert got[key].shape == value.shape
        assert_near(got[key], value, network)
    if "image" in wanted:
        np.testing.assert_array_equal(got["image_uint8"], to_bytes(got["image"]))
    if "image_bytes" in got:
        np.testing.assert_array_equal(decoded(got["image_bytes"]), got["image_uint8"])
    extra = {"image": {"image_uint8", "image_bytes"}, "code": set()}[next(iter(wanted))]
    assert got.keys() <= wanted.keys() | extra


class SessionCannotRun(tf.Module):
    """A Keras model that `tf.saved_model.save` writes, and a session cannot run."""

    def __init__(self):
        super().__init__()
        self.model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])

    @tf.function(input_signature=[tf.TensorSpec((None, 3), name="z")])
    def sample(self, z):
        return {"image": self.model(z)}


@pytest.fixture(scope="module")
def refused_by_session(tmp_path_factory):
    """The folder of a SavedModel that TensorFlow 2 runs and a session does not."""
    folder = tmp_path_factory.mktemp("refused") / "1"
    module = SessionCannotRun()
    tf.saved_model.save(module, str(folder), signatures={"sample": module.sample})
    return folder


@pytest.fixture(scope="module")
def by_c_api(exported, refused_by_session, tracks, tmp_path_factory):
    """Outputs of every signature of every model from the C API, in one process for all.

    `error` holds its message for the SavedModel that it cannot run.
    """
    folder = tmp_path_factory.mktemp("c-api")
    signature = get_meta_graph_def(str(refused_by_session), "serve").signature_def["sample"]
    z = save(folder / "refused-z", np.zeros((1, 3), np.float32))
    call = {
        "inputs": {signature.inputs["z"].name: z},
        "outputs": {signature.outputs["image"].name: "refused-out"},
        "error": "error",
    }
    jobs, places = [{"saved_model": str(refused_by_session), "calls": [call]}], {}
    for kind in MODELS:
        export = exported(*kind)
        values = values_of(export.network, tracks)
        calls = []
        signatures = get_meta_graph_def(str(export.folder), "serve").signature_def
        for name, signature in sorted(signatures.items()):
            for rows in BATCH_SIZES if not name.startswith("__") else ():
                stem = f"{kind[0]}-{kind[1]}-{name}-{rows}"
                given, files = {}, {}
                for key, info in signature.inputs.items():
                    given[key] = values[key][:rows]
                    files[info.name] = save(folder / f"{stem}-{key}", given[key])
                outputs = {
                    info.name: f"{stem}-{key}-out" for key, info in signature.outputs.items()
                }
                calls.append({"inputs": files, "outputs": outputs})
                places[*kind, name, rows] = (
                    given,
                    {key: folder / outputs[info.name] for key, info in signature.outputs.items()},
                )
        jobs.append({"saved_model": str(export.folder), "calls": calls})
    (folder / "jobs.json").write_text(json.dumps(jobs))
    done = subprocess.run(
        [sys.executable, str(C_API_SCRIPT), str(LIBRARY), str(folder)],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == tf.__version__
    found = {
        key: (given, {name: load(file) for name, file in files.items()})
        for key, (given, files) in places.items()
    }
    return SimpleNamespace(found=found, error=(folder / "error").read_text())


def save(file, value):
    """Write a value for the C API's process, and return the file's name."""
    if isinstance(value, list):
        file = file.with_name(f"{file.name}.json")
        file.write_text(json.dumps([base64.b64encode(item).decode() for item in value]))
    else:
        file = file.with_name(f"{file.name}.npy")
        np.save(file, value)
    return file.name


def load(file):
    strings = file.with_name(f"{file.name}.json")
    if strings.exists():
        return [base64.b64decode(item) for item in json.loads(strings.read_text())]
    return np.load(file.with_name(f"{file.name}.npy"))


@every_model
def test_the_c_api_returns_what_the_model_returns(model, audio, by_c_api, exported):
    network = exported(model, audio).network
    own = {key[2:]: answer for key, answer in by_c_api.found.items() if key[:2] == (model, audio)}

    assert {rows for _, rows in own} == set(BATCH_SIZES)
    for (name, _), (given, got) in own.items():
        assert_as_the_model(got, network, resolved(name, own), given)


def resolved(name, offered):
    """The name of the signature that `serving_default` stands for, the first of the model."""
    names = {each for each, *_ in offered}
    first = "sample" if "sample" in names else "reconstruct"
    return first if name == "serving_default" else name


@every_model
def test_a_client_receives_by_grpc_what_the_model_returns(
    model, audio, exported, tracks, grpc_server
):
    export = exported(model, audio)
    values = values_of(export.network, tracks)

    with grpc_server(export.folder) as server, Client(server.url, "cover") as client:
        offered = client.signatures()
        for name, signature in offered.items():
            whole = {key: values[key] for key in signature.inputs}
            answers = [
                client.predict(name, {key: value[:rows] for key, value in whole.items()})
                for rows in BATCH_SIZES
            ]

            own = resolved(name, [(each,) for each in offered])
            assert answers[-1].keys() == signature.outputs.keys()
            assert_as_the_model(answers[-1], export.network, own, whole)
            for key, one in answers[0].items():
                if one.dtype.kind == "f" and key != "typicality":
                    assert_near(one, answers[-1][key][:1], export.network)


def test_both_ways_refuse_a_model_that_tf_saved_model_load_accepts(
    by_c_api, refused_by_session, grpc_server
):
    z = np.zeros((1, 3), np.float32)
    loaded = tf.saved_model.load(str(refused_by_session)).signatures["sample"]

    assert loaded(z=tf.constant(z))["image"].shape == (1, 2)
    assert "Could not find variable" in by_c_api.error
    with (
        grpc_server(refused_by_session) as server,
        Client(server.url, "cover") as client,
        pytest.raises(UserError, match="Could not find variable"),
    ):
        client.predict("sample", {"z": z})


SIGNATURES = {
    ("wgan-gp", False): {"sample", "sample_seeded", "sample_seeded_png"},
    ("wgan-gp", True): {
        *("sample", "sample_audio", "sample_seeded", "sample_seeded_audio"),
        *("sample_seeded_png", "sample_seeded_audio_png"),
    },
    ("ae-transpose", False): {"reconstruct", "reconstruct_bytes"},
    ("ae-resize", False): {"reconstruct", "reconstruct_bytes", "encode", "encode_bytes", "decode"},
    ("vae", True): {
        *("sample", "sample_audio", "sample_seeded", "sample_seeded_audio"),
        *("sample_seeded_png", "sample_seeded_audio_png", "reconstruct", "reconstruct_audio"),
        *("reconstruct_bytes", "encode", "encode_bytes", "decode"),
        "decode_audio",
    },
}


@pytest.mark.parametrize("kind", SIGNATURES, ids=str)
def test_models_have_these_signatures(kind, by_c_api):
    names = {key[2] for key in by_c_api.found if key[:2] == kind}

    assert names == {*SIGNATURES[kind], "serving_default"}
