"""Unusual corpora, through the whole of `zoo-train`."""

import json

import numpy as np
import pytest
from PIL import Image

from coverzoo import zoo
from coverzoo.training.cli import main as zoo_train

pytestmark = pytest.mark.usefixtures("eager")


def written(out):
    """The metrics.json of the evaluation at the end."""
    return json.loads((out / "evaluation" / "test" / "metrics.json").read_text())


def generates_covers(out):
    """Whether the run's model generates finite covers in [-1, 1]."""
    model = zoo.load(out)
    audio = None if model.audio_encoder is None else np.zeros((2, 1160), np.float32)
    covers = np.asarray(model.generate(np.ones((2, model.latent_dim)), audio))
    return np.isfinite(covers).all() and np.abs(covers).max() <= 1.0


def test_many_genres_of_any_name(train, tmp_path, write_track, vectors, metrics):
    """No val; a genre of one sample; in test a genre that train lacks; values of any size."""
    genres = [f"genre {number} – ジャズ & 'soul'" for number in range(19)]
    for number, row in enumerate(vectors(38)):
        write_track(tmp_path / "d", "train", genres[number % 19], f"a cover, {number}", row)
    write_track(tmp_path / "d", "train", "one of a kind", "é", vectors(1, np.float32)[0])
    for genre in (*genres[:3], "one of a kind", "only in test"):
        write_track(tmp_path / "d", "test", genre, "track", vectors(2)[0])
    out = tmp_path / "run"

    result = train(
        "--data", tmp_path / "d", "--audio", "--minutes", 0.0001, "--evaluate", "--out", out
    )

    assert result.exit_code == 0, result.output
    assert generates_covers(out)
    trained, evaluated = metrics(out)
    assert trained["step"] == evaluated["step"] == 1
    genre = written(out)["adherence"]["genre"]
    assert sum(each["tracks"] > 0 for each in genre["genres"].values()) == 4
    assert genre["chance"] == pytest.approx(1 / 20)
    assert np.sum(genre["confusion"]) == 4
    assert len(json.loads((out / "config.json").read_text())["corpus"]["genres"]) == 20

    result = train("--resume", "--out", out, "--no-evaluate")
    assert "Nothing to do: the run has 1 steps already" in result.output


def test_one_genre_and_one_test_track(train, tmp_path, write_track, vectors):
    """One half missing everywhere; covers of different sizes."""
    for number, row in enumerate(vectors(6, without=[1])):
        write_track(tmp_path / "d", "train", "folk", f"{number}", row, side=30 + number)
    write_track(tmp_path / "d", "val", "folk", "a", vectors(1)[0])
    write_track(tmp_path / "d", "test", "folk", "b", vectors(1)[0])
    out = tmp_path / "run"

    options = ("--audio", "--epochs", 0.5, "--evaluate")

    result = train("--data", tmp_path / "d", *options, "--out", out)

    assert result.exit_code == 0, result.output
    assert generates_covers(out)
    assert "cannot be measured: needs two tracks or more, found 1" in result.output
    sections = written(out)
    for name in ("quality", "artefacts", "diversity", "adherence"):
        assert "needs" in sections[name]["not_measurable"]
    # Half of six samples, eight a step.
    assert json.loads((out / "config.json").read_text())["settings"]["steps"] == 1


def test_audio_without_information(train, tmp_path, write_track, vectors):
    """Every value constant, or missing in both halves; a test split of one track."""
    for number in range(6):
        vector = np.zeros(1160) if number % 2 else np.full(1160, 1e13)
        write_track(tmp_path / "d", "train", f"genre-{number % 3}", f"{number}", vector)
    write_track(tmp_path / "d", "test", "genre-1", "b", vectors(1, without=[0, 1])[0])
    out = tmp_path / "run"
    plain = ("--critic", "plain", "--steps", 2, "--evaluate")

    result = train("--data", tmp_path / "d", "--audio", *plain, "--out", out)

    assert result.exit_code == 0, result.output
    assert generates_covers(out)
    assert "cannot be measured: needs two tracks or more, found 1" in result.output


def test_a_flat_folder_without_audio(train, tmp_path):
    (tmp_path / "d").mkdir()
    for number in range(12):
        pixels = np.random.default_rng(number).integers(0, 256, (40, 50, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / "d" / f"{number}.png")
    out = tmp_path / "run"

    result = train(
        "--data", tmp_path / "d", "--steps", 1, "--set", "ema_decay=0", "--evaluate", "--out", out
    )

    assert result.exit_code == 0, result.output
    assert generates_covers(out)
    assert "Not evaluated: " in result.output  # a flat folder has no test split
    with Image.open(out / "samples" / "step-000001.png") as sheet:
        assert sheet.size == (8 * 34 + 2, 8 * 34 + 2)


@pytest.mark.slow
@pytest.mark.parametrize("side", [128, 256])
def test_large_covers(call, pairs, tmp_path, side):
    out = tmp_path / "run"
    channels = ",".join(["8"] * (side.bit_length() - 3))
    small = ("--model", "wgan-gp", "--audio", "--preset", "small", "--batch-size", 4)
    sizes = [f"--set={kind}_channels={channels}" for kind in ("generator", "critic")]
    options = ("--data", pairs, "--steps", 2, "--image-size", side, "--out", out)

    result = call(zoo_train, *small, *sizes, *options)

    assert result.exit_code == 0, result.output
    assert zoo.load(out).image_size == side
    assert generates_covers(out)
