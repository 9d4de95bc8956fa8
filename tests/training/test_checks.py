"""Options that cannot work are refused by name, before anything is written."""

import pytest

from coverzoo.errors import UserError
from coverzoo.training.checks import check_changes, check_known, check_model
from coverzoo.training.cli import main as zoo_train
from coverzoo.zoo import registry

NAMES = ", ".join(registry.MODELS)


@pytest.mark.parametrize(
    ("model", "preset", "audio", "line"),
    [
        ("dcgan", "small", False, f"--model dcgan: unknown. Models: {NAMES}"),
        (
            "ae-resize",
            "small",
            True,
            "--audio: ae-resize cannot be conditioned on audio. Leave --audio out.",
        ),
        (
            "ae-transpose",
            "full",
            True,
            "--audio: ae-transpose cannot be conditioned on audio. Leave --audio out.",
        ),
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
def test_an_unknown_model_or_preset_is_refused(model, preset, audio, line):
    with pytest.raises(UserError) as refusal:
        check_model(model, preset, audio)

    assert str(refusal.value) == line


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--image-size", 48], "--image-size 48: expected a power of two from 32 to 256"),
        (["--image-size", 16], "--image-size 16: expected 32 or more"),
        (["--image-size", 512], "--image-size 512: expected 256 or less"),
        (["--batch-size", 0], "--batch-size 0: expected 1 or more"),
        (["--set", "encoder_channels="], "--set encoder_channels=: expected 1 or more values"),
        (
            ["--image-size", 32, "--set", "encoder_channels=4,4,4,4,4"],
            "--set encoder_channels=4,4,4,4,4: 5 halvings of 32 pixels leave no feature map",
        ),
        (
            ["--audio", "--set", "feature_noise=0.1", "--set", "scale_features=false"],
            "--set feature_noise=0.1: it is in units of scaled features. Set scale_features=true",
        ),
        (["--set", "prior=audio"], "--set prior=audio: needs --audio"),
        (
            ["--model", "lsgan", "--preset", "thesis", "--set", "gradient_penalty_weight=1"],
            "--set gradient_penalty_weight=1: critic_norm=batch: a gradient penalty is taken",
        ),
        (["--epochs", 1e308], "--epochs 1e+308: expected 1000000000 or less"),
        (
            ["--model", "lsgan", "--set", "critic_norm=batch"],
            "--set critic_norm=batch: a gradient penalty is taken per sample, and batch norm mixes "
            "samples. Use critic_norm=instance, or gradient_penalty_weight=0",
        ),
        (
            ["--model", "gan", "--set", "generator_channels=8"],
            "--set generator_channels: 1 values, and covers of 64 pixels have 4 levels",
        ),
        (
            ["--model", "gan", "--set", "generator=conv"],
            "--set generator: gan has no such setting.",
        ),
    ],
)
def test_settings_that_cannot_work_are_refused(call, monkeypatch, tmp_path, arguments, line):
    monkeypatch.chdir(tmp_path)
    model = [] if "--model" in arguments else ["--model", "vae"]

    result = call(zoo_train, *model, *arguments)

    assert result.stderr.startswith(f"Error: {line}")
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
    assert not list(tmp_path.iterdir())


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
def test_settings_that_work_are_accepted(model, changes, audio):
    check_changes(model, registry.settings_of(model, "small", audio, changes), changes, audio)


@pytest.mark.parametrize("audio", [False, True])
@pytest.mark.parametrize("model", registry.MODELS)
def test_every_preset_works(model, audio):
    for preset in registry.presets_of(model, audio):
        check_known(model)
        check_model(model, preset, audio)
        check_changes(model, registry.settings_of(model, preset, audio, {}), {}, audio)


@pytest.mark.parametrize("model", registry.MODELS)
def test_each_model_s_settings_are_listed(call, model):
    result = call(zoo_train, "--list", "--model", model)

    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0] == f"{model}: {registry.MODELS[model].summary}"
    keys = list(registry.fields_of(model))
    named = [line.split(":")[0].strip() for line in lines if ": " in line]
    assert [name for name in named if name in keys] == keys
    assert sum("presets with --audio" in line for line in lines) == registry.MODELS[model].audio


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--list", "--model", "dcgan"], f"--model dcgan: unknown. Models: {NAMES}"),
        (["--model", "ae-resize", "--audio"], "--audio: ae-resize cannot be conditioned on audio"),
        (["--model", "ae-resize", "--critic", "plain"], "--critic: ae-resize has no such setting"),
        (["--model", "vae", "--set", "critic_steps=2"], "--set critic_steps: vae has no such"),
        (["--model", "vae", "--set", "prior=audio"], "--set prior=audio: needs --audio"),
        (
            ["--model", "vae", "--set", "prior=flat"],
            "--set prior=flat: expected one of standard, audio",
        ),
        (
            ["--model", "ae-resize", "--keep-best", "psnr"],
            "--keep-best psnr: it needs --eval-every",
        ),
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
            "--set diversity_target: it has no effect without --audio",
        ),
        (
            "vae",
            {"feature_noise": 0.5},
            False,
            "--set feature_noise: it has no effect without --audio",
        ),
        (
            "wgan-gp",
            {"critic_conditioning": "projection"},
            False,
            "--critic projection: it conditions the critic on audio, so it needs --audio",
        ),
        (
            "lsgan",
            {"critic_conditioning": "none", "mismatch_weight": 1.0},
            True,
            "--set mismatch_weight: the critic is not conditioned on audio. "
            "Use --critic projection",
        ),
        (
            "gan",
            {"critic_conditioning": "none", "contrastive_weight": 1.0},
            True,
            "--set contrastive_weight: the critic is not conditioned on audio. "
            "Use --critic projection",
        ),
        (
            "wgan-gp",
            {"critic_conditioning": "none", "cover_contrastive_weight": 1.0},
            True,
            "--set cover_contrastive_weight: the critic is not conditioned on audio. "
            "Use --critic projection",
        ),
        (
            "wgan-gp",
            {"critic_conditioning": "none", "vicinal_fraction": 0.5},
            True,
            "--set vicinal_fraction: the critic is not conditioned on audio. "
            "Use --critic projection",
        ),
        (
            "wgan-gp",
            {"diversity_weight": 3.0},
            True,
            "--set diversity_weight: it has no effect without --set diversity_target",
        ),
        (
            "gan",
            {"condition_kl_weight": 0.1},
            True,
            "--set condition_kl_weight: it has no effect without --set conditioning_augmentation",
        ),
        (
            "vae",
            {"beta": 0.0, "kl_warmup_steps": 100},
            False,
            "--set kl_warmup_steps: it has no effect without --set beta",
        ),
        (
            "gan",
            {"gradient_penalty_weight": 0.0, "gradient_penalty": "wgan-gp"},
            False,
            "--set gradient_penalty: it has no effect without --set gradient_penalty_weight",
        ),
        (
            "wgan-gp",
            {"film_mean": 1.0},
            True,
            "--set film_mean: it has no effect without --set film=branched",
        ),
        ("wgan-gp", {"real_label": 0.9}, False, "--set real_label: it has no effect on wgan-gp"),
        (
            "gan",
            {"image_size": 32, "critic_channels": (4,) * 4},
            False,
            "--set critic_channels: 4 values, and covers of 32 pixels have 3 levels. "
            "Give one value per level",
        ),
        (
            "gan",
            {"critic_no_norm_layers": (4,)},
            False,
            "--set critic_no_norm_layers: 4 is not among 0 to 3 at 64 pixels",
        ),
        (
            "gan",
            {"generator_extra_convs": (0, 3)},
            False,
            "--set generator_extra_convs: 3 is not among 0 to 2 at 64 pixels",
        ),
    ],
)
def test_changes_without_effect_are_refused(model, changes, audio, line):
    settings = registry.settings_of(model, "small", audio, changes)

    with pytest.raises(UserError) as refusal:
        check_changes(model, settings, changes, audio)

    assert str(refusal.value) == line


@pytest.mark.parametrize(
    ("model", "changes", "audio"),
    [
        ("gan", {"critic_conditioning": "none"}, False),
        ("gan", {"critic_conditioning": "none"}, True),
        ("gan", {"critic_conditioning": "none", "mismatch_weight": 0.0}, True),
        ("gan", {"diversity_target": 0.5, "audio_embedding_dim": 8}, True),
        ("gan", {"diversity_weight": 2.0}, True),
        ("gan", {"condition_kl_weight": 0.1, "conditioning_augmentation": True}, True),
        ("gan", {"mismatch_weight": 0.0, "diversity_target": 0.0}, False),
        ("vae", {"beta": 2.0}, True),
        ("vae", {"latent_dim": 8, "beta": 2.0}, False),
        ("ae-resize", {"encoder_channels": (4, 8)}, False),
        ("gan", {"real_label": 0.9}, False),
        ("lsgan", {"film": "branched", "film_mean": 1.0}, True),
        (
            "gan",
            {"image_size": 32, "critic_channels": (4, 8, 8), "critic_no_norm_layers": (2,)},
            False,
        ),
        ("gan", {"critic_linear_layers": (3,)}, False),
        ("gan", {"generator_extra_convs": (2,)}, False),
    ],
)
def test_changes_with_effect_are_accepted(model, changes, audio):
    check_changes(model, registry.settings_of(model, "small", audio, changes), changes, audio)
