"""Small exported models, and replacements for a server: none of them is TF Serving."""

import base64
import functools
import http.server
import json
import runpy
import threading
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from google.protobuf import json_format

from coverzoo import zoo
from coverzoo.export import saved_model
from coverzoo.export.signatures import served_signatures
from coverzoo.serving import retries
from coverzoo.serving.cli import main as zoo_client

VERSION = 3
LOOPBACK = Path(__file__).with_name("loopback.py")


@pytest.fixture(scope="session")
def tracks():
    """Raw audio vectors, (50, 1160)."""
    return np.random.default_rng(0).lognormal(size=(50, 1160)).astype(np.float32)


@pytest.fixture(scope="session")
def network(used):
    """A small model by name, with or without audio."""
    return functools.cache(lambda model, audio: zoo.load(used(model, audio, gently=True)))


@pytest.fixture(scope="session")
def exported(tmp_path_factory, network):
    """A small model and the folder of its SavedModel."""

    @functools.cache
    def exported(model, audio):
        made = network(model, audio)
        folder = tmp_path_factory.mktemp(f"{model}-{audio}") / str(VERSION)
        saved_model.write(made, served_signatures(made), folder)
        return SimpleNamespace(network=made, folder=folder)

    return exported


@pytest.fixture(scope="session")
def grpc_server():
    """Serve a folder on a free port of 127.0.0.1 as the model `cover`, within a block."""
    return runpy.run_path(str(LOOPBACK))["serving"]


@pytest.fixture(scope="module")
def audio_server(exported, grpc_server):
    """A service that holds a model conditioned on audio."""
    with grpc_server(exported("gan", True).folder) as server:
        server.network = exported("gan", True).network
        yield server


@pytest.fixture(scope="session")
def as_rest():
    """The answers of a gRPC service in JSON, in columns.

    They have the form of answers that were recorded of a real TF Serving.
    """

    def as_rest(servicer):
        signatures = servicer.session.signatures

        def answer(method, path, body):
            if method == "GET":
                content = {
                    name: json_format.MessageToDict(each, preserving_proto_field_name=True)
                    for name, each in signatures.items()
                }
                return 200, {"metadata": {"signature_def": {"signature_def": content}}}
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
def http_server():
    """An HTTP server whose answers a function of (method, path, body) returns: status, content.

    It closes the connection where the status is None. `requests` lists what was requested.
    """
    running = []

    def http_server(answer):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                length = int(self.headers.get("Content-Length", 0))
                body = json.loads(self.rfile.read(length)) if length else None
                server.requests.append((self.command, self.path, body))
                status, content = answer(self.command, self.path, body)
                if status is None:
                    self.close_connection = True
                    return
                text = content if isinstance(content, str) else json.dumps(content)
                self.send_response(status)
                kind = "text/html" if isinstance(content, str) else "application/json"
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                with suppress(BrokenPipeError):  # the client did not wait
                    self.wfile.write(text.encode())

            do_POST = do_GET

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        server.requests = []
        server.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        running.append(server)
        return server

    yield http_server
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def waits(monkeypatch):
    """The waits between attempts, in seconds; the tests do not wait."""
    waited = []
    monkeypatch.setattr(retries, "sleep", waited.append)
    return waited


@pytest.fixture
def client(call):
    """Run `zoo-client` on a service."""

    def client(server, *arguments):
        return call(zoo_client, "--server", server.url, "--model", "cover", *arguments)

    return client


@pytest.fixture(params=["grpc", "rest"])
def url(request, audio_server, http_server, as_rest):
    """The service's address, over gRPC and in JSON."""
    return audio_server.url if request.param == "grpc" else http_server(as_rest(audio_server)).url
