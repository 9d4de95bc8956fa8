"""`zoo-train --list`, and the directory of a run without --out."""

from types import SimpleNamespace

import pytest

from coverzoo.training.cli import main as zoo_train
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
