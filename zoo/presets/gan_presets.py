"""Presets of the GANs."""

from coverzoo.zoo.presets.settings import Preset, Presets

# The thesis's GANs. Its networks with audio share all but the generator's channels and the norms.
_THESIS: Preset = {
    "image_size": 128,
    "batch_size": 128,
    "steps": 100_000,
    "weight_init": "pytorch",
    "upsampling": "transpose",
    "generator_bias": "all",
    "stem_activation": False,
    "critic_conditioning": "none",
    "critic_norm": "batch",
    "critic_bias": "last",
    "gradient_penalty_weight": 0.0,
    "lr_decay_fraction": 0.0,
    "ema_decay": 0.0,
    "generator_learning_rate": 2e-4,
    "critic_learning_rate": 2e-4,
    "beta_1": 0.5,
    "beta_2": 0.999,
}

_THESIS_AUDIO: Preset = {
    **_THESIS,
    "weight_init": "normal",
    "generator_channels": (512, 256, 256, 128, 64),
    "stem_activation": True,
    "critic_channels": (64, 128, 256, 256, 512),
    "audio_embedding_dim": 512,
    "audio_hidden_units": (944, 728),
    "audio_batch_norm": True,
    "concat_condition": False,
    "condition_dropout": 0.0,
    "scale_features": False,
    "film": "branched",
}

_THESIS_GAN: Preset = {
    "latent_dim": 100,
    "generator_channels": (512, 256, 128, 64, 64),
    "generator_bias": "none",
    "stem_activation": True,
    "critic_channels": (64, 64, 128, 256, 512),
    "critic_no_norm_layers": (0,),
    "critic_linear_layers": (1,),
    "critic_bias": "none",
    "real_label": 0.9,
    "beta_2": 0.99,
}

_THESIS_WGAN: Preset = {
    "latent_dim": 100,
    "batch_size": 64,
    "critic_norm": "instance",
    "critic_steps": 5,
    "share_batch": True,
    "gradient_penalty_weight": 10.0,
}

# γ's last weights N(1, 0.02), β's N(0, 0.02).
_NEAR_IDENTITY: Preset = {"film_mean": 1.0, "film_stddev": 0.02}

_FULL: Preset = {
    "image_size": 128,
    "batch_size": 64,
    "steps": 100_000,
    "generator_channels": (512, 256, 256, 128, 64),
    "critic_channels": (64, 128, 256, 256, 512),
    # These kept a run on 2,837 real covers from one picture per track; see docs/experiments.
    "critic_steps": 2,
    "generator_learning_rate": 3e-4,
    "critic_learning_rate": 6e-4,
    "augment": ("translation",),
    "audio_embedding_dim": 128,
}

# Neither the non-saturating nor the least-squares loss bounds the critic's gradient by itself.
_R1: Preset = {"gradient_penalty": "r1"}
_MISMATCH: Preset = {"mismatch_weight": 1.0}
# Real corpora have few distinct tracks, which the critic would memorise without noise.
_MISMATCH_NOISE: Preset = {**_MISMATCH, "feature_noise": 0.5}
# With R1 the generator makes little use of z unless diversity is asked for.
_DIVERSITY: Preset = {"diversity_target": 0.3}

# Sharp covers without a grid of pixels; see docs/experiments/diversity.md. A penalty at a quarter
# of the batch pays for a part of it.
_SMALL: Preset = {
    "upsampling": "bilinear",
    "finest_channels": 8,
    "critic_residual": True,
    "gradient_penalty_fraction": 0.25,
}

# What makes covers follow the audio, and use the noise for the rest; see also adherence.md.
_SMALL_AUDIO: Preset = {
    **_SMALL,
    **_MISMATCH,
    "film_noise": True,
    "contrastive_weight": 1.0,
    "cover_contrastive_weight": 1.0,
    "feature_noise": 0.25,
    "vicinal_fraction": 0.5,
    "vicinal_epoch": 8,
    "latent_dim": 16,
    "recovery_weight": 0.5,
    "reconstruction_weight": 20.0,
}

# Presets for a loss that needs R1; a GAN with another loss can take them as they are.
R1_PRESETS: Presets = {
    ("small", False): {**_SMALL, **_R1},
    ("small", True): {**_SMALL_AUDIO, **_R1, **_DIVERSITY, "diversity_weight": 6.0},
    ("full", False): {**_FULL, **_R1},
    ("full", True): {**_FULL, **_R1, **_MISMATCH_NOISE, **_DIVERSITY},
}

NON_SATURATING_PRESETS: Presets = {
    **R1_PRESETS,
    ("thesis", False): {**_THESIS, **_THESIS_GAN},
    ("thesis", True): {**_THESIS_AUDIO, **_THESIS_GAN, **_NEAR_IDENTITY},
}

LEAST_SQUARES_PRESETS: Presets = {
    **R1_PRESETS,
    # Covers of one track differed too little with the weights of the other GANs.
    ("small", True): {
        **R1_PRESETS["small", True],
        "reconstruction_weight": 5.0,
        "recovery_weight": 1.5,
    },
    ("thesis", False): {
        **_THESIS,
        "latent_dim": 1024,
        "generator_channels": (512, 256, 256, 128, 64),
        "critic_channels": (32, 64, 128, 128, 256),
    },
    ("thesis", True): {**_THESIS_AUDIO, **_NEAR_IDENTITY, "latent_dim": 1024},
}

WASSERSTEIN_GP_PRESETS: Presets = {
    ("small", False): _SMALL,
    # Its scores are about ten apart, so that a margin of 1 hardly counts.
    ("small", True): {**_SMALL_AUDIO, "mismatch_margin": 5.0},
    ("full", False): _FULL,
    ("full", True): {**_FULL, **_MISMATCH_NOISE},
    ("thesis", False): {
        **_THESIS,
        **_THESIS_WGAN,
        "generator_channels": (256, 256, 256, 128, 64),
        "generator_extra_convs": (0, 1),
        "critic_channels": (64, 128, 256, 256, 512),
        "generator_learning_rate": 1e-4,
        "critic_learning_rate": 1e-4,
        "beta_1": 0.0,
    },
    ("thesis", True): {
        **_THESIS_AUDIO,
        **_THESIS_WGAN,
        "generator_learning_rate": 5e-6,
        "critic_learning_rate": 5e-6,
    },
}
