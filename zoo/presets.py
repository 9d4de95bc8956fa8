"""Presets as plain data: what each says beside the defaults of its settings.

A preset is named (model, preset, with audio or not).
"""

from typing import Any

_THESIS_AUDIO = {
    "image_size": 128,
    "generator_widths": (512, 256, 256, 128, 64),
    "critic_widths": (64, 128, 256, 256, 512),
    "upsampling": "transpose",
    "critic": "plain",
    "initial": "normal",
    "falling": 0.0,
    "ema": 0.0,
    "condition_dim": 512,
    "condition_hidden": (944, 728),
    "condition_latent": False,
    "condition_dropout": 0.0,
    "scale_features": False,
    "film": "branched",
}

_FULL = {
    "image_size": 128,
    "batch_size": 64,
    "steps": 100_000,
    "generator_widths": (512, 256, 256, 128, 64),
    "critic_widths": (64, 128, 256, 256, 512),
    "critic_steps": 2,
    "generator_rate": 2e-4,
    "critic_rate": 2e-4,
    "condition_dim": 128,
    "augment": ("translation", "cutout"),
}

PRESETS: dict[tuple[str, str, bool], dict[str, Any]] = {
    ("wgan-gp", "small", False): {},
    ("wgan-gp", "small", True): {"mismatch": 1.0},
    ("wgan-gp", "full", False): _FULL,
    ("wgan-gp", "full", True): {**_FULL, "mismatch": 1.0},
    ("wgan-gp", "thesis", True): {
        **_THESIS_AUDIO,
        "latent_dim": 100,
        "batch_size": 64,
        "steps": 100_000,
        "critic_norm": "instance",
        "critic_steps": 5,
        "share_batch": True,
        "generator_rate": 5e-6,
        "critic_rate": 5e-6,
        "beta_1": 0.5,
        "beta_2": 0.999,
    },
}
