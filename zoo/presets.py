"""Presets as plain data: what each says beside the defaults of its settings.

A preset is named (model, preset, with audio or not).
"""

from typing import Any

Preset = dict[str, Any]

# The thesis's GANs. Its networks with audio share all but the generator's widths and the norms.
_THESIS: Preset = {
    "image_size": 128,
    "batch_size": 128,
    "steps": 100_000,
    "initial": "pytorch",
    "upsampling": "transpose",
    "generator_bias": "all",
    "activate_seed": False,
    "critic": "plain",
    "critic_norm": "batch",
    "critic_bias": "last",
    "penalty": 0.0,
    "falling": 0.0,
    "ema": 0.0,
    "generator_rate": 2e-4,
    "critic_rate": 2e-4,
    "beta_1": 0.5,
    "beta_2": 0.999,
}

_THESIS_AUDIO: Preset = {
    **_THESIS,
    "initial": "normal",
    "generator_widths": (512, 256, 256, 128, 64),
    "activate_seed": True,
    "critic_widths": (64, 128, 256, 256, 512),
    "condition_dim": 512,
    "condition_hidden": (944, 728),
    "condition_norm": True,
    "condition_latent": False,
    "condition_dropout": 0.0,
    "scale_features": False,
    "film": "branched",
}

_THESIS_GAN: Preset = {
    "latent_dim": 100,
    "generator_widths": (512, 256, 128, 64, 64),
    "generator_bias": "none",
    "activate_seed": True,
    "critic_widths": (64, 64, 128, 256, 512),
    "critic_bare": (0,),
    "critic_linear": (1,),
    "critic_bias": "none",
    "label": 0.9,
    "beta_2": 0.99,
}

_THESIS_WGAN: Preset = {
    "latent_dim": 100,
    "batch_size": 64,
    "critic_norm": "instance",
    "critic_steps": 5,
    "share_batch": True,
    "penalty": 10.0,
}

# γ's last weights N(1, 0.02), β's N(0, 0.02).
_NEAR_IDENTITY: Preset = {"film_mean": 1.0, "film_deviation": 0.02}

_FULL: Preset = {
    "image_size": 128,
    "batch_size": 64,
    "steps": 100_000,
    "generator_widths": (512, 256, 256, 128, 64),
    "critic_widths": (64, 128, 256, 256, 512),
    # What kept a run on 2,837 real covers from one picture a track; see docs/conditioning.md.
    "critic_steps": 2,
    "generator_rate": 3e-4,
    "critic_rate": 6e-4,
    "augment": ("translation",),
    "condition_dim": 128,
}

# Neither loss of gan and lsgan bounds the critic's slope by itself; see docs/models.md.
_R1: Preset = {"penalty_kind": "zero-centred"}
_HEARD: Preset = {"mismatch": 1.0}
_HEARD_SELDOM: Preset = {**_HEARD, "feature_noise": 0.5}  # few tracks are learnt by heart
# Their generators, unlike wgan-gp's, hardly heed the noise by themselves; see docs/models.md.
_VARIED: Preset = {"variety": 0.3}

_THESIS_AUTOENCODER: Preset = {
    "image_size": 128,
    "steps": 100_000,
    "initial": "pytorch",
    "falling": 0.0,
    "decay": 1e-5,
    "patience": 4,
}

_THESIS_VAE: Preset = {
    "image_size": 128,
    "batch_size": 128,
    "steps": 100_000,
    "initial": "pytorch",
    "upsampling": "reflect",
    "falling": 0.0,
    "rate": 1e-4,
    "patience": 5,
}

# A level more than the thesis's coders, and fewer channels at the sides that cost most.
_SMALL_VAE: Preset = {"widths": (16, 32, 64, 128), "latent_dim": 128}

_FULL_CODES: Preset = {"image_size": 128, "batch_size": 32, "steps": 20_000, "patience": 10}

PRESETS: dict[tuple[str, str, bool], Preset] = {
    ("ae-transpose", "small", False): {"widths": (16, 32, 64)},
    ("ae-transpose", "full", False): _FULL_CODES,
    ("ae-transpose", "thesis", False): _THESIS_AUTOENCODER,
    ("ae-resize", "small", False): {"widths": (16, 32, 64)},
    ("ae-resize", "full", False): _FULL_CODES,
    ("ae-resize", "thesis", False): {**_THESIS_AUTOENCODER, "upsampling": "reflect"},
    ("vae", "small", False): _SMALL_VAE,
    ("vae", "small", True): {**_SMALL_VAE, "prior": "audio"},
    ("vae", "full", False): _FULL_CODES,
    ("vae", "full", True): {**_FULL_CODES, "condition_dim": 128, "prior": "audio"},
    ("vae", "thesis", False): _THESIS_VAE,
    ("vae", "thesis", True): {
        **_THESIS_VAE,
        "condition_dim": 1000,
        "condition_hidden": (1107, 1054),
        "condition_norm": True,
        "condition_latent": False,
        "condition_dropout": 0.0,
        "scale_features": False,
    },
    ("gan", "small", False): _R1,
    ("gan", "small", True): {**_R1, **_HEARD, **_VARIED},
    ("gan", "full", False): {**_FULL, **_R1},
    ("gan", "full", True): {**_FULL, **_R1, **_HEARD_SELDOM, **_VARIED},
    ("gan", "thesis", False): {**_THESIS, **_THESIS_GAN},
    ("gan", "thesis", True): {**_THESIS_AUDIO, **_THESIS_GAN, **_NEAR_IDENTITY},
    ("lsgan", "small", False): _R1,
    ("lsgan", "small", True): {**_R1, **_HEARD, **_VARIED},
    ("lsgan", "full", False): {**_FULL, **_R1},
    ("lsgan", "full", True): {**_FULL, **_R1, **_HEARD_SELDOM, **_VARIED},
    ("lsgan", "thesis", False): {
        **_THESIS,
        "latent_dim": 1024,
        "generator_widths": (512, 256, 256, 128, 64),
        "critic_widths": (32, 64, 128, 128, 256),
    },
    ("lsgan", "thesis", True): {**_THESIS_AUDIO, **_NEAR_IDENTITY, "latent_dim": 1024},
    ("wgan-gp", "small", False): {},
    ("wgan-gp", "small", True): _HEARD,
    ("wgan-gp", "full", False): _FULL,
    ("wgan-gp", "full", True): {**_FULL, **_HEARD_SELDOM},
    ("wgan-gp", "thesis", False): {
        **_THESIS,
        **_THESIS_WGAN,
        "generator_widths": (256, 256, 256, 128, 64),
        "generator_refine": (0, 1),
        "critic_widths": (64, 128, 256, 256, 512),
        "generator_rate": 1e-4,
        "critic_rate": 1e-4,
        "beta_1": 0.0,
    },
    ("wgan-gp", "thesis", True): {
        **_THESIS_AUDIO,
        **_THESIS_WGAN,
        "generator_rate": 5e-6,
        "critic_rate": 5e-6,
    },
}
