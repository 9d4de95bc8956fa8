"""The bundled model, `demo`."""

import json

import numpy as np
import pytest

import coverzoo
from coverzoo import zoo
from coverzoo.corpus.procedural import synthesize
from coverzoo.export.cli import main as zoo_export
from coverzoo.sampling.cli import main as zoo_sample
from coverzoo.training.run import Run


@pytest.fixture(scope="module")
def track(tmp_path_factory):
    """A track of the built-in corpus on which no model was trained."""
    root = tmp_path_factory.mktemp("corpus") / "data"
    synthesize(root, train=1, val=1, test=3, size=32)
    return sorted(root.glob("audio-cover_dataset/audio/test/*/*.npy"))[0]


def test_demo_names_the_bundled_run_unless_a_file_has_that_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert Run.named("demo").model_file.is_file()
    (tmp_path / "demo").mkdir()
    assert not Run.named("demo").model_file.exists()


def test_it_generates_with_and_without_a_track(call, track, tmp_path):
    for words in (("--audio", track), ()):
        out = tmp_path / "covers.png"
        result = call(zoo_sample, "demo", *words, "--count", 2, "--out", out)
        assert result.exit_code == 0, result.output
        assert out.is_file()


def test_the_audio_changes_its_covers(track):
    with_audio = coverzoo.generate("demo", track, count=4)
    without_audio = coverzoo.generate("demo", count=4)

    assert with_audio.shape == (4, 128, 128, 3)
    assert np.abs(with_audio - without_audio).mean() > 0.1


def test_its_model_card_states_its_own_results():
    folder = zoo.run_path("demo")
    records = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    accuracy = next(record["genre_accuracy"] for record in records if "genre_accuracy" in record)
    diversity = next(record["diversity"] for record in records if "diversity" in record)
    card = (folder / "CARD.md").read_text()

    assert accuracy["generated"] >= 0.8 * accuracy["real"]
    assert accuracy["shuffled"] < 0.15
    assert diversity["noise"] > 0.2 * diversity["real"]
    for figure in (*accuracy.values(), *diversity.values()):
        if isinstance(figure, float) and figure != accuracy["chance"]:
            assert f"{figure:.3f}" in card
    assert sum(file.stat().st_size for file in folder.iterdir()) < 5e6


def test_it_is_exported_without_its_training_data(call, tmp_path):
    out = tmp_path / "out"

    result = call(zoo_export, "demo", "--out", out)

    assert result.exit_code == 0, result.output
    assert (out / "saved_model" / "1" / "saved_model.pb").is_file()
    assert (out / "tflite" / "wgan-gp-audio-int8.tflite").is_file()
