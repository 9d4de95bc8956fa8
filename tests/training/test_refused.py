"""Calls that are refused: one line, status 1 or 2, and no file is written or lost."""

import json
import shutil

import pytest

from coverzoo.training.cli import main as zoo_train


@pytest.fixture
def refused(call, tmp_path, monkeypatch):
    """Run a call that must be refused and write nothing; return its line."""
    monkeypatch.chdir(tmp_path)

    def refused(*arguments, status=1):
        before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
        result = call(zoo_train, *arguments)
        assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
        assert result.exit_code == status, result.output
        (line,) = result.stderr.splitlines()
        assert line.startswith("Error: ")
        return line

    return refused


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "--model"),
        (["--model", "dcgan"], "--model dcgan: unknown. Models: ae-transpose, ae-resize"),
        (["--preset", "huge"], "--preset huge"),
        (["--model", "ae-resize", "--audio"], "--audio: ae-resize cannot be conditioned on audio"),
        (["--model", "vae", "--critic", "plain"], "--critic: vae has no such setting"),
        (["--set", "width=3"], "--set width: wgan-gp has no such setting. See zoo-train --list"),
        (["--set", "critic_norm"], "--set critic_norm: expected KEY=VALUE"),
        (
            ["--set", "gradient_penalty_weight=much"],
            "--set gradient_penalty_weight=much: expected a number",
        ),
        (
            ["--set", "gradient_penalty_weight=-1"],
            "--set gradient_penalty_weight=-1: expected 0 or more",
        ),
        (
            ["--set", "gradient_penalty_weight=nan"],
            "--set gradient_penalty_weight=nan: expected a finite number",
        ),
        (["--set", "critic_steps=1.5"], "--set critic_steps=1.5: expected a whole number"),
        (["--set", "flip=perhaps"], "--set flip=perhaps: expected true or false"),
        (
            ["--set", "upsampling=cubic"],
            "--set upsampling=cubic: expected one of resize, transpose",
        ),
        (["--set", "generator_channels="], "--set generator_channels=: expected 1 or more values"),
        (["--image-size", 48], "--image-size 48: expected a power of two from 32 to 256"),
        (["--image-size", 512], "--image-size 512: expected 256 or less"),
        (["--image-size", "big"], "--image-size big: expected a whole number"),
        (["--batch-size", -4], "--batch-size -4: expected 1 or more"),
        (["--critic", "both"], "--critic both: expected one of projection, plain"),
        (["--precision", "int8"], "--precision int8: expected one of float32"),
        (["--seed", -1], "--seed -1: expected a whole number from 0 to 4294967295"),
        (["--steps", -1], "--steps -1: expected a whole number, 0 or more"),
        (["--steps", 3, "--minutes", 1], "--steps and --minutes: give one of them"),
        (["--epochs", 1, "--minutes", 1], "--epochs and --minutes: give one of them"),
        (["--minutes", "nan"], "--minutes nan: expected a finite number"),
        (["--epochs", "inf"], "--epochs inf: expected a finite number"),
        (["--epochs", 1, "--set", "steps=3"], "--epochs and --set steps: give one of them"),
        (["--steps", 1, "--set", "steps=3"], "--steps and --set steps: give one of them"),
        (
            ["--minutes", 1, "--set", "lr_decay_fraction=0.9"],
            "--set lr_decay_fraction: with --minutes no learning rate decays",
        ),
        (
            ["--critic", "plain", "--set", "critic_conditioning=none"],
            "--critic and --set critic_conditioning: give one of them",
        ),
        (
            ["--set", "gradient_penalty_weight=1", "--set", "gradient_penalty_weight=2"],
            "--set gradient_penalty_weight: given twice",
        ),
        (["--set", "latent_dim=70000"], "--set latent_dim=70000: expected 65535 or less"),
        (["--set", "beta_1=1"], "--set beta_1=1: expected 0.99999 or less"),
        (["--frames", 3], ". See main --help."),
        (["--resume"], "--resume: give the run to resume"),
    ],
)
def test_options_that_cannot_work(refused, arguments, line):
    model = [] if "--model" in arguments or not arguments else ["--model", "wgan-gp"]

    assert line in refused(*model, *arguments, status=2)


def test_missing_runs_and_data(refused):
    wgan = ("--model", "wgan-gp")

    assert "nothing: no run there" in refused(*wgan, "--resume", "--out", "nothing")
    assert "nothing does not exist" in refused(*wgan, "--data", "nothing")


@pytest.fixture
def covers(pairs, tmp_path):
    """A root with covers only."""
    source = pairs / "audio-cover_dataset" / "cover"
    shutil.copytree(source, tmp_path / "covers" / "cover_dataset")
    return tmp_path / "covers"


def test_data_without_the_requested_part(refused, covers, tmp_path):
    wgan = ("--model", "wgan-gp", "--out", "new/run")
    (tmp_path / "empty").mkdir()
    (tmp_path / "no-covers" / "cover_dataset" / "train" / "rock").mkdir(parents=True)

    assert "--audio needs --data ROOT" in refused(*wgan, "--audio", "--data", covers)
    assert "holds no covers" in refused(*wgan, "--data", tmp_path / "empty")
    assert "the split holds no covers" in refused(*wgan, "--data", tmp_path / "no-covers")


def test_a_batch_larger_than_the_data(refused, covers):
    wgan = ("--model", "wgan-gp", "--data", covers, "--batch-size", 25)

    line = "--batch-size 25: the train split of"
    assert line in refused(*wgan, "--out", "new/run")
    assert line in refused(*wgan), "no runs/ is left either"


def test_folders_that_cannot_be_written(refused, covers, tmp_path):
    wgan = ("--model", "wgan-gp", "--data", covers, "--out")
    (tmp_path / "file").touch()
    (tmp_path / "full" / "run").mkdir(parents=True)
    (tmp_path / "full" / "run" / "config.json").touch()

    assert "--out file/run: cannot be created: Not a directory" in refused(*wgan, "file/run")
    assert "--out file: a file exists there. Give a new folder." in refused(*wgan, "file")
    assert "add --resume" in refused(*wgan, "full/run")
    assert "cannot be created: File name too long" in refused(*wgan, f"new/{300 * 'x'}")


def test_another_backend(refused, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")

    assert "KERAS_BACKEND=jax: coverzoo runs on TensorFlow only" in refused("--model", "wgan-gp")


@pytest.mark.parametrize(
    ("option", "line"),
    [
        (["--model", "lsgan"], "is a run of wgan-gp, not of lsgan. Leave --model out, or "),
        (["--preset", "full"], "preset is small, not full"),
        (["--seed", 1], "seed is 0, not 1"),
        (["--batch-size", 8], "batch_size is 4, not 8"),
        (["--set", "gradient_penalty_weight=1"], "gradient_penalty_weight is 10.0, not 1.0"),
        (["--init-from", "other"], "init_from is None, not "),
    ],
)
def test_a_resume_with_other_options_than_the_run(refused, trained, option, line):
    assert line in refused("--resume", "--out", trained, *option)


def test_a_resume_with_options_that_cannot_work(refused, trained):
    resume = ("--resume", "--out", trained)

    unknown = refused(*resume, "--set", "width=1", status=2)
    totals = refused(*resume, "--steps", 4, "--epochs", 1, status=2)

    assert "--set width: wgan-gp has no such setting" in unknown
    assert "--steps and --epochs: give one of them" in totals


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ({"batch_size": "8"}, "batch_size: expected a whole number"),
        ({"batch_size": True}, "batch_size: expected a whole number"),
        ({"flip": 1}, "flip: expected true or false"),
        ({"gradient_penalty_weight": -1.0}, "gradient_penalty_weight: expected 0 or more"),
        ({"critic_channels": [4, "8"]}, "critic_channels: expected a whole number"),
        ({"critic_channels": 4}, "critic_channels: expected"),
        ({"upsampling": "cubic"}, "upsampling: expected one of resize, transpose"),
        ({"image_size": 48}, "image_size: expected a power of two"),
        ({"depth": 3}, "depth: no such setting"),
    ],
)
def test_a_config_with_a_wrong_value(refused, trained, tmp_path, setting, line):
    config = json.loads((trained / "config.json").read_text())
    (tmp_path / "run").mkdir()
    config["settings"] |= setting
    (tmp_path / "run" / "config.json").write_text(json.dumps(config))

    assert f"config.json cannot be used: {line}" in refused("--resume", "--out", "run")


def test_a_resume_on_other_data(refused, trained, pairs, tmp_path):
    shutil.copytree(pairs, tmp_path / "data")
    for kind in ("cover", "audio"):
        min(
            (tmp_path / "data" / "audio-cover_dataset" / kind / "train" / "jazz").iterdir()
        ).unlink()

    line = refused("--resume", "--out", trained, "--data", tmp_path / "data")

    assert f"--data {tmp_path / 'data'}: not the data" in line


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"model": "cyclegan"}, "config.json cannot be used: no such entry or model: 'cyclegan'"),
        ({"settings": None}, "config.json cannot be used: settings: expected an object"),
        ({"settings": []}, "config.json cannot be used: settings: expected an object"),
        ({"seed": "a"}, "config.json cannot be used: seed: expected a whole number"),
        ({"seed": "3"}, "config.json cannot be used: seed: expected a whole number"),
        ({"seed": -1}, "config.json cannot be used: seed: expected 0 or more"),
        ({"audio": "yes"}, "config.json cannot be used: audio: expected true or false"),
        ({"minutes": "2"}, "config.json cannot be used: minutes: expected a number"),
        ({"precision": "int8"}, "config.json cannot be used: precision: expected one of float32"),
    ],
)
def test_a_config_with_a_wrong_entry(refused, trained, tmp_path, changes, line):
    config = json.loads((trained / "config.json").read_text())
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").write_text(json.dumps(config | changes))

    assert line in refused("--resume", "--out", "run")


def test_a_damaged_config(refused, tmp_path):
    (tmp_path / "run").mkdir()
    for content in (b"{", b"[]", b"\xff\xfe"):
        (tmp_path / "run" / "config.json").write_bytes(content)

        assert "config.json: cannot be read" in refused("--resume", "--out", "run")


def test_first_weights_need_a_run_of_the_model(refused, trained, covers, tmp_path):
    tiny = ("--model", "wgan-gp", "--preset", "small", "--batch-size", 4, "--image-size", 32)
    start = (*tiny, "--data", covers, "--out", "new", "--init-from")

    assert "nothing: no run there" in refused(*start, "nothing")
    unread = (*tiny, "--data", "gone", "--out", "new", "--init-from", "nothing")
    assert "nothing: no run there" in refused(*unread), "before the data are opened"
    assert "that run is wgan-gp --audio, another model" in refused(*start, trained)
