import json
import subprocess
import sys

import pytest

from coverzoo.zoo import registry

PRESETS = [
    (model, preset, audio)
    for model in registry.MODELS
    for audio in (False, True)
    for preset in registry.presets_of(model, audio)
]


@pytest.mark.parametrize(("model", "preset", "audio"), PRESETS)
def test_every_preset_can_be_written_as_text_and_as_json(model, preset, audio):
    settings = registry.settings_of(model, preset, audio, {})

    for key in registry.fields_of(model):
        value = getattr(settings, key)
        text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
        assert settings.changed(**{key: text}) == settings, key
    recorded = json.loads(json.dumps(settings.model_dump()))
    assert registry.read_settings(model, recorded) == settings


@pytest.mark.parametrize(("model", "preset", "audio"), PRESETS)
def test_every_preset_has_as_many_channels_as_its_image_size_has_levels(model, preset, audio):
    settings = registry.settings_of(model, preset, audio, {})
    levels = settings.image_size.bit_length() - 3  # from side 4 to half the cover's

    for key, field in registry.fields_of(model).items():
        kind, value = registry.meta(field)["per_level"], getattr(settings, key)
        if kind == "one":
            assert len(value) == levels, key
        elif kind:
            assert max(value, default=0) < levels - (kind == "doubling"), key


def test_changes_are_made_to_the_preset():
    settings = registry.settings_of("wgan-gp", "small", True, {"gradient_penalty_weight": "3"})

    assert settings.gradient_penalty_weight == 3.0
    assert settings.mismatch_weight == 1.0
    assert settings.image_size == 64


def test_the_presets_of_a_model_depend_on_the_audio():
    assert registry.presets_of("wgan-gp", True) == ("small", "full", "thesis")
    assert registry.presets_of("ae-resize", True) == ()


@pytest.mark.parametrize("unknown", [("nothing", "small", True), ("wgan-gp", "huge", True)])
def test_an_unknown_model_or_preset_is_a_key_error(unknown):
    with pytest.raises(KeyError):
        registry.settings_of(*unknown, {})


def test_an_unknown_setting_is_refused():
    with pytest.raises(ValueError, match=r"^colour: no such setting$"):
        registry.settings_of("wgan-gp", "small", True, {"colour": 1})


def test_settings_of_another_model_are_refused():
    values = registry.settings_of("vae", "small", False, {}).model_dump()

    with pytest.raises(ValueError, match=r": no such setting$"):
        registry.read_settings("gan", values)


@pytest.mark.parametrize("name", registry.MODELS)
def test_every_model_has_a_summary_and_presets(name):
    entry = registry.MODELS[name]

    assert entry.summary
    assert {"small", "full"} <= set(registry.presets_of(name, False))
    assert bool(registry.presets_of(name, True)) == entry.audio


@pytest.mark.parametrize("name", registry.MODELS)
def test_fields_are_ordered_by_group(name):
    groups = [registry.meta(field)["group"] for field in registry.fields_of(name).values()]

    assert groups == sorted(groups, key=registry.GROUPS.index)


@pytest.mark.parametrize("name", registry.MODELS)
def test_the_json_schema_has_every_setting_with_its_type_bounds_and_default(name):
    schema = json.loads(json.dumps(registry.schema_of(name)))

    assert list(schema["properties"]) == list(registry.fields_of(name))
    assert schema["additionalProperties"] is False
    size = schema["properties"]["image_size"]
    assert (size["type"], size["minimum"], size["maximum"]) == ("integer", 32, 256)
    for key, entry in schema["properties"].items():
        assert entry["description"], key
        assert "default" in entry, key


def test_the_json_schema_lists_the_choices():
    properties = registry.schema_of("gan")["properties"]

    assert properties["upsampling"]["enum"] == ["resize", "transpose", "bilinear"]
    assert properties["gradient_penalty"]["enum"] == ["wgan-gp", "r1"]
    assert properties["augment"]["items"]["enum"] == ["color", "translation", "cutout"]


@pytest.mark.parametrize(
    "module",
    ["coverzoo", "coverzoo.zoo.registry", "coverzoo.zoo.presets.settings", "coverzoo.zoo.noise"],
)
def test_light_modules_import_neither_tensorflow_nor_keras(module):
    found = subprocess.run(
        [sys.executable, "-c", f"import sys, {module}; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert not {"tensorflow", "keras"} & set(found.stdout.split())
