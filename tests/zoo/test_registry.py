import subprocess
import sys

import pytest

from coverzoo.zoo import registry
from coverzoo.zoo.presets.presets import PRESETS
from coverzoo.zoo.presets.settings import parse


@pytest.mark.parametrize(("model", "preset", "audio"), PRESETS)
def test_every_preset_gives_settings_that_a_user_could_write(model, preset, audio):
    settings = registry.settings_of(model, preset, audio, {})

    for key, entry in registry.keys_of(model).items():
        value = getattr(settings, key)
        text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
        assert parse(entry, text) == value, key
    assert preset in registry.presets_of(model, audio)


def test_changes_are_made_to_the_preset():
    settings = registry.settings_of("wgan-gp", "small", True, {"gradient_penalty_weight": 3.0})

    assert settings.penalty == 3.0
    assert settings.image_size == 64


def test_the_presets_of_a_model_depend_on_the_audio():
    assert registry.presets_of("wgan-gp", True) == ("small", "full", "thesis")
    assert registry.presets_of("nothing", True) == ()


@pytest.mark.parametrize("unknown", [("nothing", "small", True), ("wgan-gp", "huge", True)])
def test_an_unknown_model_or_preset_is_a_key_error(unknown):
    with pytest.raises(KeyError):
        registry.settings_of(*unknown, {})


def test_an_unknown_setting_is_refused():
    with pytest.raises(TypeError, match="colour"):
        registry.settings_of("wgan-gp", "small", True, {"colour": 1})


@pytest.mark.parametrize("name", registry.MODELS)
def test_every_model_has_a_summary_and_presets(name):
    entry = registry.MODELS[name]

    assert entry.summary
    assert {"small", "full"} <= set(registry.presets_of(name, False))
    assert bool(registry.presets_of(name, True)) == entry.audio


@pytest.mark.parametrize(
    "module",
    ["coverzoo", "coverzoo.zoo.registry", "coverzoo.zoo.presets.settings", "coverzoo.zoo.noise"],
)
def test_importing_what_is_light_brings_neither_tensorflow_nor_keras(module):
    found = subprocess.run(
        [sys.executable, "-c", f"import sys, {module}; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert not {"tensorflow", "keras"} & set(found.stdout.split())
