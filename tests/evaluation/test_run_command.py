"""`zoo-eval run` on tiny runs: its files, its cache, and what cannot be measured."""

import errno
import json
import shutil
from pathlib import Path

import pytest

from coverzoo.corpus.layout import read_split
from coverzoo.evaluation import cache, readings
from coverzoo.evaluation.cli import main


@pytest.fixture
def networks(monkeypatch, tmp_path):
    """An empty folder for the reference networks."""
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache"


def test_a_run_with_audio_has_every_section_a_report_and_a_card(evaluated, trained, call, tmp_path):
    result = evaluated()

    assert result.exit_code == 0, result.output
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert set(metrics) == {
        *("protocol", "versions", "seeds", "run", "data", "n"),
        *("quality", "artefacts", "memorisation", "diversity", "adherence", "facts"),
    }
    assert set(metrics["facts"]["tempo"]) == {"generated", "real"}
    assert "arrangement" in metrics["diversity"]["spread"]
    assert metrics["n"] == {"train": 24, "val": 4, "test": 6}
    assert metrics["data"]["that_of_training"] is True
    assert "needs 8 covers or more of each kind" in metrics["quality"]["not_measurable"]
    report = (tmp_path / "out" / "report.html").read_text()
    assert "<svg" in report
    assert "data:image/png;base64," in report
    assert "http" not in report.replace("http://www.w3.org", "")  # it needs nothing else
    assert f"Report: {tmp_path / 'out' / 'report.html'}" in result.output
    card = tmp_path / "README.md"
    written = call(main, "card", trained, "--results", tmp_path / "out", "--out", card)
    assert written.exit_code == 0, written.output
    assert "| rank correlation of tempo |" in card.read_text()
    assert "- Quality: not measurable, needs 8 covers" in card.read_text()


def test_a_second_call_trains_nothing_and_reads_no_real_cover(evaluated, tmp_path, monkeypatch):
    evaluated()
    first = (tmp_path / "out" / "metrics.json").read_text()
    monkeypatch.setattr("coverzoo.evaluation.networks.cover_encoder.CoverEncoder.train", None)
    monkeypatch.setattr("coverzoo.evaluation.networks.genre_accuracy.GenreClassifier.train", None)
    monkeypatch.setattr("coverzoo.evaluation.networks.dual_encoder.DualEncoder.train", None)
    monkeypatch.setattr("coverzoo.evaluation.networks.cover_factors.FactorRegressor.fit", None)
    monkeypatch.setattr("coverzoo.evaluation.built_in.BuiltIn.drawn", None)
    read = []
    original = readings.real

    def real(samples, size):
        for batch in original(samples, size):
            read.append(len(batch))
            yield batch

    monkeypatch.setattr(readings, "real", real)

    evaluated()

    assert sum(read) == 3  # the training covers nearest to generated ones, which the report shows

    assert (tmp_path / "out" / "metrics.json").read_text() == first


def test_damaged_files_in_the_cache_are_made_again(evaluated, networks, tmp_path):
    evaluated()
    first = (tmp_path / "out" / "metrics.json").read_text()
    files = list(networks.iterdir())
    assert len(files) == 7  # four networks, and what they read of real, training and drawn covers
    for file in files:
        file.write_bytes(file.read_bytes()[:1000])

    result = evaluated()

    assert (tmp_path / "out" / "metrics.json").read_text() == first
    assert result.output.count("damaged; it is made again") == 7


def test_an_autoencoder_has_reconstructions_alone(train_coder, pairs, call, tmp_path):
    run = tmp_path / "run"
    trained = train_coder("ae-resize", "--data", pairs, "--steps", 1, "--no-evaluate", "--out", run)
    assert trained.exit_code == 0, trained.output

    result = call(main, "run", run, "--quick")

    assert result.exit_code == 0, result.output
    metrics = json.loads((run / "evaluation" / "test" / "metrics.json").read_text())
    found = metrics["reconstruction"]
    assert found["covers"] == found["latent"]["covers"] == 6
    assert -1.0 <= found["ssim"] <= 1.0
    assert "elbo" not in found
    report = (run / "evaluation" / "test" / "report.html").read_text()
    assert "axis 1: " in report
    assert "Below: their reconstructions." in report
    assert not {"quality", "adherence", "diversity"} & set(metrics)
    assert "Reconstructions of 6 covers have a PSNR of" in result.output


def test_a_genre_of_markup_is_text_in_the_report(evaluated, pairs, tmp_path):
    root = tmp_path / "data"
    shutil.copytree(pairs, root)
    genre = next(iter(read_split(pairs, "test", audio=True).genres))
    for folder in root.glob(f"audio-cover_dataset/*/*/{genre}"):
        folder.rename(folder.with_name("<script>alert(1)<"))

    result = evaluated("--data", root)

    assert result.exit_code == 0, result.output
    report = (tmp_path / "out" / "report.html").read_text()
    assert "<script" not in report
    assert "The data is not what the run was trained on." in report


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file or directory"),
        ("{", "no JSON"),
        ("[1]", "must be one JSON object of NAME: group"),
        ("{}", "6 of 6 tracks have no group, the first"),
    ],
)
def test_groups_that_cannot_be_used_are_refused(evaluated, tmp_path, content, message):
    file = tmp_path / "groups.json"
    if content is not None:
        file.write_text(content)

    result = evaluated("--groups", file)

    assert result.exit_code == 1
    assert result.output.count("\n") == 1
    assert f"--groups {file}: " in result.output
    assert message in result.output
    assert not (tmp_path / "out" / "metrics.json").exists()


def test_the_bundled_model_needs_a_folder_for_the_results(call):
    result = call(main, "run", "demo")

    assert result.exit_code == 1
    assert "demo: give a folder for the results: --out DIR" in result.output


def test_a_model_without_audio_has_no_adherence_and_takes_no_groups(train, pairs, call, tmp_path):
    run = tmp_path / "run"
    assert train("--data", pairs, "--steps", 0, "--out", run).exit_code == 0

    result = call(main, "run", run, "--quick")
    refused = call(main, "run", run, "--quick", "--groups", tmp_path / "groups.json")

    assert result.exit_code == 0, result.output
    metrics = json.loads((run / "evaluation" / "test" / "metrics.json").read_text())
    sections = {"quality", "artefacts", "memorisation", "diversity"}
    assert set(metrics) - sections == {"protocol", "versions", "seeds", "run", "data", "n"}
    assert "follow the audio" not in result.output
    assert refused.exit_code == 1
    assert f"groups.json: {run} has no audio. Leave --groups out." in refused.output


def test_a_full_disk_leaves_nothing_half_written(evaluated, tmp_path, monkeypatch):
    original = Path.write_text

    def write_text(self, text, **options):
        if self.suffix == ".html":
            raise OSError(errno.ENOSPC, "No space left on device")
        return original(self, text, **options)

    monkeypatch.setattr(Path, "write_text", write_text)

    result = evaluated()

    assert result.exit_code == 1
    assert (
        result.output == f"Error: {tmp_path / 'out'}: cannot be written: No space left on device\n"
    )
    assert not list((tmp_path / "out").iterdir())


def test_networks_that_cannot_be_kept_are_a_warning(evaluated, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path / "file")

    result = evaluated()

    assert result.exit_code == 0
    assert "the genre classifier is not kept: " in result.output
    assert (tmp_path / "out" / "metrics.json").is_file()


def test_a_folder_that_cannot_be_written_is_refused_before_the_work(call, trained, tmp_path):
    (tmp_path / "file").touch()

    result = call(main, "run", trained, "--quick", "--out", tmp_path / "file" / "out")

    assert result.exit_code == 1
    assert "results cannot be written there: Not a directory. Give another folder" in result.output
    assert result.output.count("\n") == 1
