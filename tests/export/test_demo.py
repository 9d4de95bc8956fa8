"""The run that comes with the package."""

import json

import numpy as np
import pytest

from coverzoo import export, zoo
from coverzoo.corpus.procedural import synthesize
from coverzoo.export.cli import main as zoo_export
from coverzoo.sampling.cli import main as zoo_sample
from coverzoo.training.run import Run


@pytest.fixture(scope="module")
def track(tmp_path_factory):
    """A track of the built-in corpus that no model was trained on."""
    root = tmp_path_factory.mktemp("corpus") / "data"
    synthesize(root, train=1, val=1, test=3, size=32)
    return sorted(root.glob("audio-cover_dataset/audio/test/*/*.npy"))[0]


def test_its_name_stands_for_it_unless_a_file_has_that_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert Run.named("demo").model_file.is_file()
    (tmp_path / "demo").mkdir()
    assert not Run.named("demo").model_file.exists()


def test_it_paints_for_a_track_and_without_one(call, track, tmp_path):
    for words in (("--audio", track), ()):
        out = tmp_path / "covers.png"
        result = call(zoo_sample, "demo", *words, "--count", 2, "--out", out)
        assert result.exit_code == 0, result.output
        assert out.is_file()


def test_the_music_changes_its_covers(track):
    heard = export.generate("demo", [track], count=4)
    unheard = export.generate("demo", count=4)

    assert heard.shape == (4, 64, 64, 3)
    assert np.abs(heard - unheard).mean() > 0.1


def test_its_card_tells_figures_that_it_has():
    folder = zoo.run_path("demo")
    records = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    genre = next(record["genre_accuracy"] for record in records if "genre_accuracy" in record)
    variety = next(record["diversity"] for record in records if "diversity" in record)
    card = (folder / "CARD.md").read_text()

    assert genre["generated"] >= 0.8 * genre["real"]
    assert genre["shuffled"] < 0.15
    assert variety["noise"] > 0.2 * variety["real"]
    for figure in (*genre.values(), *variety.values()):
        if isinstance(figure, float) and figure != genre["chance"]:
            assert f"{figure:.3f}" in card
    assert sum(file.stat().st_size for file in folder.iterdir()) < 5e6


def test_it_is_exported_without_the_data_it_was_trained_on(call, tmp_path):
    result = call(zoo_export, "demo", "--out", tmp_path / "out", "--format", "saved-model")

    assert result.exit_code == 0, result.output
    assert (tmp_path / "out" / "saved_model" / "1" / "saved_model.pb").is_file()
