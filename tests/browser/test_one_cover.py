"""The cover of one piece of music, generated in five ways: all are the same."""

import base64
import functools
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tensorflow.python.tools.saved_model_utils import get_meta_graph_def

from coverzoo.captions import captioned
from coverzoo.corpus.tracks import load_track
from coverzoo.export.cli import main as zoo_export
from coverzoo.images import grid
from coverzoo.sampling.cli import main as zoo_sample
from coverzoo.serving.cli import main as zoo_client

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TESTS = Path(__file__).resolve().parents[1]
PROJECT = TESTS.parent
LIBRARY = Path(tf.__file__).with_name("libtensorflow_cc.so.2")
SCREENSHOTS = "COVERZOO_SCREENSHOTS"
MUSIC = "audio/metal.00003.ogg"


def run_program(*command, **options):
    """Run a program, which must succeed, and return its output."""
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        **options,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def music(real_data, essentia):
    """A music file."""
    return real_data / MUSIC


@pytest.fixture(scope="module")
def vector(music, tmp_path_factory):
    """Its features in a file, `track.npy`."""
    file = tmp_path_factory.mktemp("vector") / "track.npy"
    np.save(file, load_track(music))
    return file


@pytest.fixture(scope="module")
def exported(call, tmp_path_factory):
    """The bundled model in every format."""
    out = tmp_path_factory.mktemp("exported")
    formats = [word for name in ("saved-model", "tflite", "web") for word in ("--format", name)]
    result = call(zoo_export, "demo", "--out", out, *formats)
    assert result.exit_code == 0, result.output
    return out


def by_keras(call, music, out):
    call(zoo_sample, "demo", "--audio", music, "--count", 1, "--out-dir", out.parent / "keras")
    return shutil.copy(next((out.parent / "keras").glob("*.png")), out)


def by_c_api(exported, vector, out):
    """`sample_seeded_audio` by TensorFlow's C API, in a process without TensorFlow in Python."""
    folder = out.parent / "c-api"
    folder.mkdir()
    model = exported / "saved_model" / "1"
    signature = get_meta_graph_def(str(model), "serve").signature_def["sample_seeded_audio"]
    values = {
        "seeds": np.zeros(1, np.int64),
        "audio": np.load(vector)[None].astype(np.float32),
        "strength": np.ones(1, np.float32),
    }
    for name, value in values.items():
        np.save(folder / f"{name}.npy", value)
    inputs = {signature.inputs[name].name: f"{name}.npy" for name in values}
    one = {"inputs": inputs, "outputs": {signature.outputs["image_bytes"].name: "cover"}}
    (folder / "jobs.json").write_text(json.dumps([{"saved_model": str(model), "calls": [one]}]))
    run_program(sys.executable, TESTS / "serving" / "c_api.py", LIBRARY, folder)
    (content,) = json.loads((folder / "cover.json").read_text())
    out.write_bytes(base64.b64decode(content))


@contextmanager
def served(exported):
    """Run a gRPC service on the exported SavedModel in another process; yields its address."""
    server = subprocess.Popen(
        [sys.executable, TESTS / "serving" / "loopback.py", exported / "saved_model" / "1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield server.stdout.readline().strip()
    finally:
        server.communicate("")


def by_grpc(call, exported, music, out):
    folder = out.parent / "grpc"
    with served(exported) as address:
        result = call(
            *(zoo_client, "--server", address, "--model", "cover", "--audio", music),
            *("--count", 1, "--out-dir", folder),
        )
    assert result.exit_code == 0, result.output
    shutil.copy(next(folder.glob("*.png")), out)


def on_device(exported, music, out):
    """By coverzoo-device, away from the project."""
    run_program(sys.executable, PROJECT / "device" / "copies.py")
    (model,) = (exported / "tflite").glob("*-float32.tflite")
    command = "from coverzoo_device.cli import main; main()"
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "device")}
    words = (sys.executable, "-c", command, model, "--audio", music, "--out", out)
    run_program(*words, cwd=out.parent, env=environment)


def in_browser(chromium, exported, vector, out):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=exported / "web")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/"
    try:
        driver = Path(__file__).with_name("one_cover.cjs")
        run_program("node", driver, chromium, address, vector, out)
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def covers(call, chromium, exported, music, vector, tmp_path_factory):
    """Pixels of the cover of each way, (64, 64, 3)."""
    out = tmp_path_factory.mktemp("covers")
    ways = {
        "Keras": lambda file: by_keras(call, music, file),
        "SavedModel, C API": lambda file: by_c_api(exported, vector, file),
        "gRPC": lambda file: by_grpc(call, exported, music, file),
        "TFLite": lambda file: on_device(exported, music, file),
        "browser": lambda file: in_browser(chromium, exported, vector, file),
    }
    found = {}
    for name, write_cover in ways.items():
        file = out / f"{name}.png"
        write_cover(file)
        with Image.open(file) as image:
            found[name] = np.asarray(image.convert("RGB"))
    kept = os.environ.get(SCREENSHOTS)
    if kept:
        images = np.stack(list(found.values())).astype(np.float32) / 127.5 - 1.0
        captioned(grid(images, len(images)), [" · ".join(found)]).save(Path(kept) / "one-cover.png")
    return found


def test_five_ways_generate_the_same_cover(covers):
    first = covers["Keras"].astype(int)

    assert first.std() > 20.0
    assert {
        name: int(np.abs(cover.astype(int) - first).max()) for name, cover in covers.items()
    } == {name: pytest.approx(0, abs=1) for name in covers}


def test_another_piece_of_music_has_another_cover(call, covers, real_data, essentia, tmp_path):
    other = tmp_path / "other.png"
    by_keras(call, real_data / "audio/classical.00000.ogg", other)

    with Image.open(other) as image:
        difference = np.abs(np.asarray(image.convert("RGB")).astype(int) - covers["Keras"])
    assert difference.mean() > 5.0
