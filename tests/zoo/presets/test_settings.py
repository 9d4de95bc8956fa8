import pytest

from coverzoo.zoo import registry
from coverzoo.zoo.presets.settings import Channels, SettingsGroup, fit_channels, setting

SETTINGS = registry.MODELS["gan"].settings


class OneSetting(SettingsGroup):
    channels: Channels = setting((8, 4), "Channels.", group="generator", min_length=2)


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("image_size", "64", 64),
        ("image_size", " 128 ", 128),
        ("gradient_penalty_weight", "0", 0.0),
        ("gradient_penalty_weight", "2.5e-1", 0.25),
        ("flip", "true", True),
        ("flip", "False", False),
        ("flip", "yes", True),
        ("upsampling", "transpose", "transpose"),
        ("generator_channels", "256,128", (256, 128)),
        ("generator_channels", " 64 , 32, ", (64, 32)),
        ("generator_channels", [64, 32], (64, 32)),
        ("augment", "color,cutout", ("color", "cutout")),
        ("augment", "", ()),
        ("audio_hidden_units", "", ()),
    ],
)
def test_a_value_is_parsed_as_the_type_of_its_setting(key, text, value):
    parsed = getattr(SETTINGS.parse({key: text}), key)

    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("image_size", "big", "expected a whole number"),
        ("image_size", "64.5", "expected a whole number"),
        ("image_size", "", "expected a whole number"),
        ("image_size", "16", "expected 32 or more"),
        ("image_size", "512", "expected 256 or less"),
        ("image_size", "48", "expected a power of two from 32 to 256"),
        ("gradient_penalty_weight", "much", "expected a number"),
        ("gradient_penalty_weight", "-1", "expected 0 or more"),
        ("gradient_penalty_weight", "nan", "expected a finite number"),
        ("gradient_penalty_weight", "inf", "expected a finite number"),
        ("gradient_penalty_weight", "1e999", "expected a finite number"),
        ("ema_decay", "1.5", "expected 1 or less"),
        ("flip", "maybe", "expected true or false"),
        ("flip", "2", "expected true or false"),
        ("critic_conditioning", "plain", "expected one of projection, none"),
        ("augment", "color,blur", "expected one of color, translation, cutout"),
        ("generator_channels", "8,x", "expected a whole number"),
        ("generator_channels", "8,0", "expected 1 or more"),
        ("generator_channels", "", "expected 1 or more values"),
        ("generator_channels", 8, "expected values separated by commas"),
        ("gradient_penalty_fraction", 0, "expected more than 0"),
        ("gradient_penalty_fraction", "1.5", "expected 1 or less"),
        ("gradient_penality", "r1", "no such setting"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_key_and_what_was_expected(
    key, text, message
):
    with pytest.raises(ValueError, match=f"^{key}: {message}$"):
        SETTINGS.parse({key: text})


@pytest.mark.parametrize(
    ("model", "values", "message"),
    [
        ("gan", {"critic_norm": "batch"}, "^critic_norm=batch: a gradient penalty .*weight=0$"),
        (
            "vae",
            {"feature_noise": 0.5, "scale_features": False},
            "^feature_noise: .*Set scale_features=true$",
        ),
        (
            "ae-resize",
            {"encoder_channels": (4,) * 6},
            "^encoder_channels: 6 halvings of 64 pixels leave no feature map$",
        ),
    ],
)
def test_settings_that_exclude_each_other_are_refused(model, values, message):
    with pytest.raises(ValueError, match=message):
        registry.MODELS[model].settings.parse(values)


def test_settings_change_only_by_a_checked_copy():
    settings = OneSetting()

    assert settings.changed(channels="16,8").channels == (16, 8)
    assert settings.channels == (8, 4)
    with pytest.raises(ValueError, match=r"^channels: expected 2 or more values$"):
        settings.changed(channels=(8,))
    with pytest.raises(ValueError, match="frozen"):
        settings.channels = (2, 2)


@pytest.mark.parametrize("model", registry.MODELS)
def test_every_setting_is_described_and_its_default_can_be_written_as_text(model):
    defaults = registry.MODELS[model].settings()

    for key, field in registry.fields_of(model).items():
        assert field.description.endswith("."), key
        assert registry.meta(field)["group"], key
        value = getattr(defaults, key)
        text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
        assert getattr(defaults.changed(**{key: text}), key) == value, key


@pytest.mark.parametrize(
    ("channels", "levels", "expected"),
    [
        ((256, 128, 64, 32), 4, (256, 128, 64, 32)),
        ((256, 128, 64, 32), 3, (128, 64, 32)),
        ((256, 128, 64, 32), 6, (256, 256, 256, 128, 64, 32)),
        ((8,), 3, (8, 8, 8)),
    ],
)
def test_channels_for_another_image_size_keep_their_fine_levels(channels, levels, expected):
    assert fit_channels(channels, levels) == expected
    assert fit_channels(channels[::-1], levels, finest_first=True) == expected[::-1]
