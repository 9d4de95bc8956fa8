"""What tests of evaluations and of model cards share."""

import copy
import json
import shutil
import socket

import pytest
from huggingface_hub import ModelCard

from coverzoo.evaluation.cli import main
from coverzoo.files import sha256

RANKS = {"recall_at_1": 0.5, "recall_at_5": 0.75, "recall_at_10": 0.875, "median_rank": 2.0}
FOUND = {**RANKS, "pool": 50, "chance": 0.02, "p_value": 0.001, "covers": 6, "units": 6}
ESTIMATE = {"value": 0.25, "standard_error": 0.125}
METRICS = {
    "protocol": {"name": "full", "version": 1, "features": "own, 64 px, area"},
    "versions": {"coverzoo": "0.1.0", "keras": "3.15.1"},
    "seeds": {"protocol": 0, "training": 7},
    "run": {"name": "one", "settings": "s1"},
    "data": {"split": "test", "contents": "ab12", "that_of_training": True},
    "n": {"train": 24, "val": 4, "test": 6},
    "quality": {
        "kid": ESTIMATE,
        "fid": {"value": 12.5, "extrapolated": float("nan")},
        "precision": 0.9375,
        "recall": 0.625,
        "density": 1.5,
        "coverage": 0.5625,
        "two_sample": {
            "8": {"auc": 0.5, "standard_error": 0.02, "size": 8},
            "32": {"auc": 0.875, "standard_error": 0.01, "size": 32},
        },
    },
    "artefacts": {"period_2": {"energy": None}, "period_4": {"energy": 1.25}, "sharpness": 0.5},
    "memorisation": {"nearer": 0.5},
    "diversity": {"features": ESTIMATE, "pixels": ESTIMATE},
    "facts": {"onset_rate": {"generated": 0.75, "real": 0.9375}},
    "adherence": {
        **FOUND,
        "real": FOUND,
        "shuffled": FOUND,
        "genre": {
            **{"generated": 0.8125, "real": 0.9375, "shuffled": 0.125, "chance": 0.1},
            **{"generated_low": 0.7, "generated_high": 0.9},
            "genres": {"jazz": {"tracks": 6, "generated": 1.0, "real": 1.0, "shuffled": 0.0}},
        },
    },
}


@pytest.fixture
def evaluated(call, trained, tmp_path):
    """Measure the run with audio."""

    def evaluated(*arguments):
        return call(main, "run", trained, "--quick", "--out", tmp_path / "out", *arguments)

    return evaluated


@pytest.fixture
def no_network(monkeypatch):
    """A connection fails the test."""

    def refuse(*arguments):
        raise AssertionError("connects to the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def metrics():
    """The content of a metrics.json."""
    return copy.deepcopy(METRICS)


@pytest.fixture
def run(trained, tmp_path):
    """A copy of a run with audio, not measured."""
    folder = tmp_path / "place" / "my-run"
    folder.mkdir(parents=True)
    for name in ("config.json", "model.keras", "metrics.jsonl"):
        shutil.copy(trained / name, folder)
    return folder


@pytest.fixture
def measure(metrics):
    """Write the metrics.json of a run, with changes: sections, or None to leave one out."""

    def measure(run, **changes):
        found = {key: value for key, value in (metrics | changes).items() if value is not None}
        found["run"]["sha256"] = sha256(run / "model.keras")
        file = run / "evaluation" / found["data"]["split"] / "metrics.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(found))
        return file

    return measure


@pytest.fixture
def card(call):
    """Write the card of a run and load it as the Hub's library does."""

    def card(run, *arguments):
        result = call(main, "card", run, *arguments)
        assert result.exit_code == 0, result.output
        return ModelCard.load(run / "README.md")

    return card


@pytest.fixture
def change_config():
    """Change keys of a run's config.json; those of `corpus` one by one."""

    def change_config(run, corpus=(), **changes):
        config = json.loads((run / "config.json").read_text())
        config["corpus"] |= dict(corpus)
        (run / "config.json").write_text(json.dumps(config | changes))

    return change_config
