"""What is measured of models that draw the corpus, or less of it."""

import json
import math
import subprocess
import sys
from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pytest

from coverzoo.corpus.layout import read_split


@pytest.fixture(scope="module")
def benchmark():
    return import_module("free_factor")


@pytest.fixture(scope="module")
def corpus():
    return import_module("free_factor_corpus")


@pytest.fixture(scope="module")
def root(corpus, tmp_path_factory):
    root = tmp_path_factory.mktemp("free") / "corpus"
    corpus.write(root, train=500, test=40)
    return root


@pytest.fixture(scope="module")
def measurement(benchmark, corpus, root):
    train, test = (read_split(root, split, audio=True) for split in ("train", "test"))
    return benchmark.Measurement(train, test, corpus.read_facts(root), 32, steps=120, epochs=25)


@pytest.fixture(scope="module")
def drawn(corpus, root):
    """A model that draws the cover of a test track at a place that its noise determines."""

    class Drawn:
        latent_dim, image_size = 2, 32
        audio_encoder = SimpleNamespace(width=1160, null=True)

        def __init__(self, reach=1.0, size=None):
            facts = corpus.facts_of("test", 40)
            self.known = dict(
                zip((v.tobytes() for v in corpus.vectors_of(facts)), facts, strict=True)
            )
            self.reach, self.size = reach, size

        def generate(self, z, audio, strength=1.0):
            covers = []
            for code, vector in zip(np.asarray(z), np.asarray(audio), strict=True):
                item = self.known[vector.tobytes()]
                # The distribution function of a standard normal number is uniform.
                place = [0.5 + self.reach * 0.5 * math.erf(value / 2**0.5) for value in code]
                size = item.size if self.size is None else self.size
                covers.append(corpus.draw(item.genre, size, *place, 32) / 127.5 - 1.0)
            return np.array(covers, np.float32)

    return Drawn


def test_a_model_that_draws_the_corpus_is_as_diverse_as_it(measurement, drawn):
    found = measurement(drawn())

    assert found["genre_accuracy"]["generated"] > 0.9
    assert found["genre_accuracy"]["shuffled"] < 0.3
    assert found["size_rank_correlation"]["generated"] > 0.95
    assert found["size_rank_correlation"]["real"] > 0.95
    assert found["redrawn_difference"]["generated"] < 0.03
    # 1 / √12 of a uniform number; a regressor of few covers predicts nearer to the mean.
    assert 0.25 < found["spread"]["real"]["x"] < 1.03 / np.sqrt(12)
    for name in ("x", "y"):
        assert found["spread_ratio"][name] == pytest.approx(1.0, abs=0.08)


@pytest.mark.parametrize("reach", [0.5, 0.0])
def test_a_model_of_fewer_places_has_a_smaller_spread(measurement, drawn, reach):
    found = measurement(drawn(reach=reach))

    for name in ("x", "y"):
        assert found["spread_ratio"][name] == pytest.approx(reach, abs=0.06)
    assert found["size_rank_correlation"]["generated"] > 0.95


def test_a_model_of_one_size_follows_no_size(measurement, drawn):
    found = measurement(drawn(size=0.5))

    assert abs(found["size_rank_correlation"]["generated"]) < 0.5  # 40 tracks: 3 / √39
    assert found["genre_accuracy"]["generated"] > 0.9


def test_covers_of_another_kind_are_far_from_what_is_drawn_for_them(measurement, drawn):
    class Noise(drawn):
        def generate(self, z, audio, strength=1.0):
            return np.random.default_rng(0).uniform(-1, 1, (len(z), 32, 32, 3)).astype("f4")

    found = measurement(Noise())["redrawn_difference"]

    assert found["generated"] > 5 * found["real"]


def test_one_total_is_given(benchmark, call, tmp_path):
    result = call(benchmark.main, "--out", tmp_path, "--minutes", 1, "--steps", 5)

    assert result.exit_code == 1
    assert "--minutes and --steps: give one of them" in result.output
    assert not (tmp_path / "corpus").exists()


def test_runs_are_trained_with_the_options_and_resumed_if_they_are_there(
    benchmark, monkeypatch, tmp_path
):
    commands = []

    def run(command, **_):
        commands.append(command)
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(benchmark.subprocess, "run", run)
    (tmp_path / "gan-0").mkdir()
    (tmp_path / "gan-0" / "config.json").write_text("{}")

    new = benchmark.trained(tmp_path / "wgan-gp-0", ["--steps", "5"])
    benchmark.trained(tmp_path / "gan-0", ["--steps", "5"])

    assert new == tmp_path / "wgan-gp-0"
    assert commands[0][-4:] == ["--steps", "5", "--out", str(new)]
    assert commands[1][-5:] == ["--steps", "5", "--resume", "--out", str(tmp_path / "gan-0")]


@pytest.mark.slow
def test_the_command_trains_and_measures(scripts, tmp_path):
    small = ["--set", "generator_channels=8,8,8", "--set", "critic_channels=8,8,8"]
    command = [sys.executable, scripts / "free_factor.py", "--out", tmp_path, "--steps", "2"]

    done = subprocess.run([*command, *small], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    (run,) = json.loads(done.stdout)["runs"]
    assert (run["model"], run["seed"], run["steps"]) == ("wgan-gp", 0, 2)
    assert run["spread_ratio"].keys() == {"x", "y"}
