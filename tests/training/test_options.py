"""`zoo-train --list`, the types of options, and the directory of a run without --out."""

import inspect
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import coverzoo
from coverzoo.errors import UsageError
from coverzoo.training.cli import main as zoo_train
from coverzoo.training.options import TrainOptions, check_options, configure
from coverzoo.training.run_dir import create_run_dir
from coverzoo.zoo import registry


def test_the_list_names_every_model_and_its_presets(call):
    result = call(zoo_train, "--list")

    assert result.exit_code == 0
    lines = [line.strip() for line in result.output.splitlines()]
    for model, entry in registry.MODELS.items():
        assert f"{model}: {entry.summary}" in lines
    assert lines.count("presets: small, full, thesis") == 2
    assert lines.count("presets without --audio: small, full, thesis") == 4
    assert lines.count("presets with --audio: small, full, thesis") == 4


def test_the_list_of_a_model_names_every_setting(call):
    result = call(zoo_train, "--list", "--model", "wgan-gp")

    assert result.exit_code == 0
    lines = [line.strip() for line in result.output.splitlines()]
    for name in registry.fields_of("wgan-gp"):
        assert sum(line.startswith(f"{name}: ") for line in lines) == 1, name
    assert any(line.startswith("5e-06") and "thesis --audio" in line for line in lines)
    assert not any("None" in line or "<" in line for line in lines)


def test_the_command_and_the_function_have_the_same_options():
    options = set(TrainOptions.model_fields)
    parameters = inspect.signature(coverzoo.train).parameters

    assert {parameter.name for parameter in zoo_train.params} - {"listing", "debug"} == options
    assert set(parameters) == options - {"assignments"} | {"settings"}
    for name in options - {"assignments"}:
        assert parameters[name].default == TrainOptions.model_fields[name].default, name


@pytest.mark.parametrize(
    ("option", "value", "line"),
    [
        ("model", ["gan"], "--model ['gan']: expected text"),
        ("audio", "yes", "--audio yes: expected true or false"),
        ("data", 5, "--data 5: expected a path"),
        ("image_size", True, "--image-size True: expected a whole number"),
        ("steps", 2.5, "--steps 2.5: expected a whole number"),
        ("epochs", -1, "--epochs -1: expected 0 or more"),
        ("minutes", "ten", "--minutes ten: expected a number"),
        ("minutes", float("nan"), "--minutes nan: expected a finite number"),
        ("precision", 32, "--precision 32: expected text"),
        ("seed", "a", "--seed a: expected a whole number"),
        ("seed", -1, "--seed -1: expected 0 or more"),
        ("seed", 2**32, "--seed 4294967296: expected 4294967295 or less"),
        ("checkpoint_every", 0, "--checkpoint-every 0: expected 1 or more"),
        ("eval_every", -1, "--eval-every -1: expected 0 or more"),
        ("evaluate", "no", "--evaluate no: expected true or false"),
        ("resume", "yes", "--resume yes: expected true or false"),
        ("init_from", 5, "--init-from 5: expected a path"),
        ("settings", ["flip=true"], "settings: expected a dict"),
    ],
)
def test_a_wrong_argument_of_the_function_is_refused_by_its_option(
    tmp_path, monkeypatch, option, value, line
):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UsageError) as refusal:
        coverzoo.train(**{"model": "gan", option: value})

    assert str(refusal.value).startswith(line)
    assert not list(tmp_path.iterdir())


def test_text_and_numpy_numbers_are_accepted_where_they_are_meant():
    options = check_options(
        {"model": "gan", "data": "covers", "seed": np.int64(3), "minutes": 1, "batch_size": 8}
    )

    config = configure(options)

    assert options["data"] == Path("covers")
    assert (config.seed, config.minutes, config.settings.batch_size) == (3, 1.0, 8)
    assert options["out"] is None


@pytest.fixture
def config(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return SimpleNamespace(model="wgan-gp", audio=True)


def test_default_directories_are_numbered(config, tmp_path):
    paths = []
    for _ in range(3):
        with create_run_dir(None, config) as run:
            run.config_file.touch()
            paths.append(str(run.path))

    assert paths == ["runs/wgan-gp-audio", "runs/wgan-gp-audio-2", "runs/wgan-gp-audio-3"]


def use(out, config, error, write=""):
    """Create a run directory for a block that raises."""
    with create_run_dir(out, config) as run:
        assert run.path.is_dir()
        if write:
            (run.path / write).parent.mkdir(parents=True, exist_ok=True)
            (run.path / write).touch()
        raise error


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_directory_is_removed_if_nothing_was_trained(config, tmp_path, error):
    (tmp_path / "mine").mkdir()
    for out in (None, tmp_path / "a" / "b", tmp_path / "mine"):
        with pytest.raises(error):
            use(out, config, error)

    assert [path.name for path in tmp_path.iterdir()] == ["mine"], "an existing folder stays"


def test_what_a_failed_training_wrote_is_removed_unless_there_is_a_checkpoint(config, tmp_path):
    with pytest.raises(KeyError):
        use(tmp_path / "run", config, KeyError, write="config.json")
    assert not (tmp_path / "run").exists()

    with pytest.raises(KeyError):
        use(tmp_path / "run", config, KeyError, write="checkpoints/step-00000001/state.json")
    assert (tmp_path / "run" / "checkpoints").is_dir()
