"""What a server would load, and what stands in for a server here: neither is TF Serving."""

import base64
import functools
import http.server
import json
import runpy
import threading
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from google.protobuf import json_format

from coverzoo.export import saved_model
from coverzoo.export.signatures import served
from coverzoo.serving import retries as faults
from coverzoo.zoo import registry

CODES = {"encoder_channels": (4, 6, 5), "bottleneck_channels": 7}
HEARD = {"audio_embedding_dim": 4, "audio_hidden_units": (6,), "latent_dim": 5}
GAN = {**HEARD, "generator_channels": (8, 6, 4), "critic_channels": (4, 6, 8)}
SIZES = {
    "ae-resize": CODES,
    "ae-transpose": CODES,
    "vae": {**CODES, **HEARD},
    "gan": GAN,
    "lsgan": GAN,
    "wgan-gp": GAN,
}
VERSION = 3
LOOPBACK = Path(__file__).with_name("loopback.py")


@pytest.fixture(scope="session")
def tracks():
    """Raw audio vectors, (50, 1160)."""
    return np.random.default_rng(0).lognormal(size=(50, 1160)).astype(np.float32)


def drawn(model, audio, tracks):
    """A tiny model, its weights moved so that it hears at once."""
    settings = registry.settings_of(model, "small", audio, {"image_size": 32, **SIZES[model]})
    keras.utils.set_random_seed(0)
    network = registry.build(model, settings, audio_width=1160 if audio else 0).generative
    rng = np.random.default_rng(0)
    # Enough to hear, and little enough that rounding stays small.
    for weight in network.weights:
        weight.assign(weight + rng.normal(0.0, 0.1, weight.shape))
    if audio:
        network.adapt(tracks)
    return network


@pytest.fixture(scope="session")
def network(tracks):
    """A tiny model of a kind."""
    return functools.cache(lambda model, audio: drawn(model, audio, tracks))


@pytest.fixture(scope="session")
def exported(tmp_path_factory, network):
    """A tiny model of a kind and the SavedModel made of it."""

    @functools.cache
    def exported(model, audio):
        made = network(model, audio)
        folder = tmp_path_factory.mktemp(f"{model}-{audio}") / str(VERSION)
        saved_model.write(made, served(made), folder)
        return SimpleNamespace(network=made, folder=folder)

    return exported


@pytest.fixture(scope="session")
def loopback():
    """Serve a folder on a free port of 127.0.0.1 under the name `cover`, as long as the block."""
    return runpy.run_path(str(LOOPBACK))["serving"]


@pytest.fixture(scope="session")
def as_rest():
    """The answers of a service in JSON, in columns, in the form that a real server's have.

    It stands in for TF Serving's REST, written after what was recorded of one.
    """

    def as_rest(servicer):
        signatures = servicer.session.signatures

        def answer(method, path, body):
            if method == "GET":
                told = {
                    name: json_format.MessageToDict(each, preserving_proto_field_name=True)
                    for name, each in signatures.items()
                }
                return 200, {"metadata": {"signature_def": {"signature_def": told}}}
            name = body.get("signature_name", "serving_default")
            inputs = {
                key: np.array([base64.b64decode(item["b64"]) for item in value], object)
                if key.endswith("_bytes")
                else np.array(value)
                for key, value in body["inputs"].items()
            }
            outputs = servicer.session.run(name, inputs)
            columns = {
                key: [{"b64": base64.b64encode(item).decode()} for item in value]
                if key.endswith("_bytes")
                else value.tolist()
                for key, value in outputs.items()
            }
            only = next(iter(columns.values()))
            return 200, {"outputs": columns if len(columns) > 1 else only}

        return answer

    return as_rest


@pytest.fixture
def web():
    """An HTTP server that gives what a function of (method, path, body) does: status, content.

    Where the status is None it hangs up.
    """
    running = []

    def web(answer):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                length = int(self.headers.get("Content-Length", 0))
                body = json.loads(self.rfile.read(length)) if length else None
                server.asked.append((self.command, self.path, body))
                status, content = answer(self.command, self.path, body)
                if status is None:  # hangs up
                    self.close_connection = True
                    return
                text = content if isinstance(content, str) else json.dumps(content)
                self.send_response(status)
                kind = "text/html" if isinstance(content, str) else "application/json"
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                with suppress(BrokenPipeError):  # whoever asked did not wait
                    self.wfile.write(text.encode())

            do_POST = do_GET

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        server.asked = []
        server.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        running.append(server)
        return server

    yield web
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def waits(monkeypatch):
    """What was waited between attempts, in seconds; nobody really waits."""
    waited = []
    monkeypatch.setattr(faults, "sleep", waited.append)
    return waited
