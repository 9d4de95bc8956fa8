"""The effect of a part of the recipe, from the results of runs with and without it."""

from importlib import import_module

import pytest


@pytest.fixture(scope="module")
def benchmark():
    return import_module("ablation")


def run(generated, shuffled=0.08, diversity=0.4):
    return {
        "evaluation": {"genre": generated, "genre_shuffled": shuffled, "diversity": diversity},
        "minutes": 5.0,
    }


def test_a_variant_is_compared_with_the_default_by_seed(benchmark):
    results = {
        "default": [run(0.7), run(0.8), run(0.6)],
        "no-ema": [run(0.6), run(0.8), run(0.5)],
    }

    report = benchmark.summary(results)

    assert report["default"]["mean"] == 0.7
    assert "over_default" not in report["default"]
    gain = report["no-ema"]["over_default"]
    assert gain["each"] == [-0.1, 0.0, -0.1]
    # The deviation of -0.1, 0, -0.1 is 0.057735; over √3 seeds 0.033333.
    assert (gain["mean"], gain["standard_error"]) == (-0.0667, 0.0333)


def test_one_seed_has_no_standard_error_and_a_single_variant_no_gain(benchmark):
    one = benchmark.summary({"default": [run(0.7)], "no-ema": [run(0.6)]})
    alone = benchmark.summary({"no-ema": [run(0.6), run(0.4)]})

    assert one["no-ema"]["over_default"]["standard_error"] is None
    assert "over_default" not in alone["no-ema"]


def test_zoo_train_accepts_the_options_of_every_variant(benchmark):
    from coverzoo.training.options import configure

    for arguments in benchmark.VARIANTS.values():
        options = dict.fromkeys(
            (
                "data",
                "out",
                "preset",
                "image_size",
                "batch_size",
                "steps",
                "epochs",
                "minutes",
                "precision",
                "critic",
                "seed",
                "checkpoint_every",
                "evaluate",
                "eval_every",
                "keep_best",
                "init_from",
            )
        )
        pairs = list(zip(arguments[::2], arguments[1::2], strict=True))
        options["assignments"] = [value for key, value in pairs if key == "--set"]
        options |= {key[2:]: value for key, value in pairs if key != "--set"}
        configure({**options, "model": "wgan-gp", "audio": True})
