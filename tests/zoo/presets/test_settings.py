from dataclasses import fields

import pytest

from coverzoo.zoo.presets.gan import GANSettings
from coverzoo.zoo.presets.settings import fit, parse

KEYS = {entry.name: entry for entry in fields(GANSettings)}


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("image_size", "64", 64),
        ("image_size", " 128 ", 128),
        ("gradient_penalty_weight", "0", 0.0),
        ("gradient_penalty_weight", "2.5e-1", 0.25),
        ("flip", "true", True),
        ("flip", "False", False),
        ("upsampling", "transpose", "transpose"),
        ("generator_channels", "256,128", (256, 128)),
        ("generator_channels", " 64 , 32, ", (64, 32)),
        ("augment", "color,cutout", ("color", "cutout")),
        ("augment", "", ()),
        ("audio_hidden_units", "", ()),
    ],
)
def test_a_value_is_read_as_its_setting_s_type(key, text, value):
    got = parse(KEYS[key], text)

    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("image_size", "big", "expected a whole number"),
        ("image_size", "64.0", "expected a whole number"),
        ("image_size", "", "expected a whole number"),
        ("image_size", "16", "expected 32 or more"),
        ("image_size", "512", "expected 256 or less"),
        ("gradient_penalty_weight", "much", "expected a number"),
        ("gradient_penalty_weight", "-1", "expected 0 or more"),
        ("gradient_penalty_weight", "nan", "expected a finite number"),
        ("gradient_penalty_weight", "inf", "expected a finite number"),
        ("gradient_penalty_weight", "1e999", "expected a finite number"),
        ("ema_decay", "1.5", "expected 1 or less"),
        ("flip", "yes", "expected true or false"),
        ("flip", "1", "expected true or false"),
        ("critic", "deaf", "expected one of projection, plain"),
        ("augment", "color,blur", "expected one of color, translation, cutout"),
        ("generator_channels", "8,x", "expected a whole number"),
        ("generator_channels", "8,0", "expected 1 or more"),
    ],
)
def test_what_is_wrong_with_a_value_is_said(key, text, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        parse(KEYS[key], text)


def written(value):
    """A value as a user would write it."""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("key", KEYS)
def test_every_setting_is_explained_and_its_default_may_be_written(key):
    entry = KEYS[key]

    assert entry.metadata["help"]
    assert parse(entry, written(entry.default)) == entry.default


@pytest.mark.parametrize(
    ("encoder_channels", "count", "expected"),
    [
        ((256, 128, 64, 32), 4, (256, 128, 64, 32)),
        ((256, 128, 64, 32), 3, (128, 64, 32)),
        ((256, 128, 64, 32), 6, (256, 256, 256, 128, 64, 32)),
        ((8,), 3, (8, 8, 8)),
    ],
)
def test_widths_of_another_size_keep_their_fine_levels(widths, count, expected):
    assert fit(widths, count) == expected
    assert fit(widths[::-1], count, finest_first=True) == expected[::-1]
