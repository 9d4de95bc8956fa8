"""What cannot work is refused by the name of the option, before anything is made."""

import pytest

from coverzoo.errors import UserError
from coverzoo.training.checks import check_heard, check_known, check_model, check_settings
from coverzoo.training.cli import main as zoo_train
from coverzoo.zoo import registry

NAMES = "ae-transpose, ae-resize, vae, gan, lsgan, wgan-gp"


@pytest.mark.parametrize(
    ("model", "preset", "audio", "line"),
    [
        ("dcgan", "small", False, f"--model dcgan: unknown. Models: {NAMES}"),
        ("ae-resize", "small", True, "--audio: ae-resize has no audio. Leave --audio out."),
        ("ae-transpose", "full", True, "--audio: ae-transpose has no audio. Leave --audio out."),
        (
            "vae",
            "huge",
            True,
            "--preset huge: vae with --audio has no such preset. Presets: small, full, thesis",
        ),
        (
            "gan",
            "tiny",
            False,
            "--preset tiny: gan without --audio has no such preset. Presets: small, full, thesis",
        ),
    ],
)
def test_what_the_registry_does_not_have(model, preset, audio, line):
    with pytest.raises(UserError) as refusal:
        check_model(model, preset, audio)

    assert str(refusal.value) == line


@pytest.mark.parametrize(
    ("model", "changes", "line"),
    [
        ("vae", {"image_size": 48}, "--image-size 48: expected a power of two from 32 to 256"),
        ("vae", {"image_size": 16}, "--image-size 16: expected a power of two from 32 to 256"),
        ("vae", {"image_size": 512}, "--image-size 512: expected a power of two from 32 to 256"),
        ("vae", {"batch_size": 0}, "--batch-size 0: expected 1 or more"),
        (
            "ae-resize",
            {"encoder_channels": ()},
            "--set encoder_channels: expected at least one width",
        ),
        (
            "gan",
            {"generator_channels": ()},
            "--set generator_channels: expected at least one width",
        ),
        ("gan", {"critic_channels": ()}, "--set critic_channels: expected at least one width"),
        (
            "ae-resize",
            {"image_size": 32, "encoder_channels": (4,) * 5},
            "--set encoder_channels: 5 halvings of 32 pixels leave no picture",
        ),
        (
            "vae",
            {"feature_noise": 0.1, "scale_features": False},
            "--set feature_noise: needs scale_features=true, whose units it has",
        ),
        ("vae", {"prior": "audio"}, "--set prior=audio: needs --audio"),
        (
            "lsgan",
            {"critic_norm": "batch"},
            "--set critic_norm=batch: the gradient_penalty_weight is a sample's own, which batch norm mixes. "
            "Use critic_norm=instance, or penalty=0.",
        ),
    ],
)
def test_settings_that_cannot_work(model, changes, line):
    settings = registry.settings_of(model, "small", False, changes)

    with pytest.raises(UserError) as refusal:
        check_settings(settings, audio=False)

    assert str(refusal.value) == line


@pytest.mark.parametrize(
    ("model", "changes", "audio"),
    [
        ("ae-resize", {"image_size": 32, "encoder_channels": (4,) * 4}, False),
        ("vae", {"feature_noise": 0.1}, True),
        ("vae", {"prior": "audio"}, True),
        ("gan", {"critic_norm": "batch", "gradient_penalty_weight": 0.0}, False),
        ("gan", {"critic_norm": "instance"}, False),
    ],
)
def test_settings_that_can(model, changes, audio):
    check_settings(registry.settings_of(model, "small", audio, changes), audio)


@pytest.mark.parametrize("audio", [False, True])
@pytest.mark.parametrize("model", registry.MODELS)
def test_every_preset_can_work(model, audio):
    for preset in registry.presets_of(model, audio):
        check_known(model)
        check_model(model, preset, audio)
        check_settings(registry.settings_of(model, preset, audio, {}), audio)


@pytest.mark.parametrize("model", registry.MODELS)
def test_each_model_s_settings_are_listed(call, model):
    result = call(zoo_train, "--list", "--model", model)

    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0] == f"{model}: {registry.MODELS[model].summary}"
    keys = list(registry.keys_of(model))
    named = [line.split(":")[0].strip() for line in lines if ": " in line]
    assert [name for name in named if name in keys] == keys
    assert sum("presets with --audio" in line for line in lines) == registry.MODELS[model].audio


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--list", "--model", "dcgan"], f"--model dcgan: unknown. Models: {NAMES}"),
        (["--model", "ae-resize", "--audio"], "--audio: ae-resize has no audio"),
        (["--model", "ae-resize", "--critic", "plain"], "--critic: ae-resize has no such setting"),
        (["--model", "vae", "--set", "critic_steps=2"], "--set critic_steps: vae has no such"),
        (["--model", "vae", "--set", "prior=audio"], "--set prior=audio: needs --audio"),
        (["--model", "vae", "--set", "prior=flat"], "expected one of standard, audio"),
        (["--model", "ae-resize", "--eval-every", 2], "--eval-every: its judge needs --audio"),
    ],
)
def test_the_command_refuses_in_one_line(call, monkeypatch, tmp_path, arguments, line):
    monkeypatch.chdir(tmp_path)

    result = call(zoo_train, *arguments)

    assert result.exit_code == 2
    assert result.stderr.startswith("Error: ")
    assert line in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("model", "changes", "audio", "line"),
    [
        (
            "gan",
            {"diversity_target": 0.5},
            False,
            "--set diversity_target: it says nothing without --audio",
        ),
        (
            "vae",
            {"feature_noise": 0.5},
            False,
            "--set feature_noise: it says nothing without --audio",
        ),
        (
            "wgan-gp",
            {"critic": "projection"},
            False,
            "--critic projection: it hears the music, so it needs --audio",
        ),
        (
            "lsgan",
            {"critic": "plain", "mismatch_weight": 1.0},
            True,
            "--set mismatch_weight: a plain critic does not hear of it. Use --critic projection",
        ),
        (
            "wgan-gp",
            {"diversity_weight": 3.0},
            True,
            "--set diversity_weight: it says nothing without --set diversity_target",
        ),
        (
            "gan",
            {"condition_kl_weight": 0.1},
            True,
            "--set condition_kl_weight: it says nothing without --set conditioning_augmentation",
        ),
        (
            "vae",
            {"condition_kl_weight": 0.0, "kl_warmup_steps": 100},
            False,
            "--set kl_warmup_steps: it says nothing without --set condition_kl_weight",
        ),
        (
            "gan",
            {"gradient_penalty_weight": 0.0, "gradient_penalty": "wgan-gp"},
            False,
            "--set gradient_penalty: it says nothing without --set gradient_penalty_weight",
        ),
        (
            "wgan-gp",
            {"film_mean": 1.0},
            True,
            "--set film_mean: it says nothing without --set film=branched",
        ),
        ("wgan-gp", {"real_label": 0.9}, False, "--set real_label: wgan-gp does nothing with it"),
        (
            "gan",
            {"image_size": 32, "critic_channels": (4,) * 4},
            False,
            "--set critic_channels: 4 widths, and covers of 32 pixels have 3 levels",
        ),
        (
            "gan",
            {"critic_no_norm_layers": (4,)},
            False,
            "--set critic_no_norm_layers: 4 is none of 0 to 3 at 64 pixels",
        ),
        (
            "gan",
            {"generator_extra_convs": (0, 3)},
            False,
            "--set generator_extra_convs: 3 is none of 0 to 2 at 64 pixels",
        ),
    ],
)
def test_changes_that_nobody_would_hear_of(model, changes, audio, line):
    settings = registry.settings_of(model, "small", audio, changes)

    with pytest.raises(UserError) as refusal:
        check_heard(model, settings, changes, audio)

    assert str(refusal.value) == line


@pytest.mark.parametrize(
    ("model", "changes", "audio"),
    [
        ("gan", {"critic": "plain"}, False),
        ("gan", {"critic": "plain"}, True),
        ("gan", {"critic": "plain", "mismatch_weight": 0.0}, True),
        ("gan", {"diversity_target": 0.5, "audio_embedding_dim": 8}, True),
        ("gan", {"diversity_weight": 2.0}, True),
        ("gan", {"condition_kl_weight": 0.1, "conditioning_augmentation": True}, True),
        ("gan", {"mismatch_weight": 0.0, "diversity_target": 0.0}, False),
        ("vae", {"condition_kl_weight": 2.0}, True),
        ("vae", {"latent_dim": 8, "condition_kl_weight": 2.0}, False),
        ("ae-resize", {"encoder_channels": (4, 8)}, False),
        ("gan", {"real_label": 0.9}, False),
        ("lsgan", {"film": "branched", "film_mean": 1.0}, True),
        (
            "gan",
            {"image_size": 32, "critic_channels": (4, 8, 8), "critic_no_norm_layers": (2,)},
            False,
        ),
        ("gan", {"generator_extra_convs": (2,), "critic_linear_layers": (3,)}, False),
    ],
)
def test_changes_that_count(model, changes, audio):
    check_heard(model, registry.settings_of(model, "small", audio, changes), changes, audio)
