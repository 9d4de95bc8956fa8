"""What a part is worth, from the figures of runs with and without it."""

from importlib import import_module

import pytest


@pytest.fixture(scope="module")
def benchmark():
    return import_module("ablation")


def run(generated, shuffled=0.08, noise=0.1):
    return {
        "genre_accuracy": {"generated": generated, "shuffled": shuffled},
        "diversity": {"noise": noise},
        "minutes": 5.0,
    }


def test_a_variant_is_held_against_the_default_seed_by_seed(benchmark):
    found = {
        "default": [run(0.7), run(0.8), run(0.6)],
        "no-average": [run(0.6), run(0.8), run(0.5)],
    }

    report = benchmark.summary(found)

    assert report["default"]["mean"] == 0.7
    assert "over_default" not in report["default"]
    gain = report["no-average"]["over_default"]
    assert gain["each"] == [-0.1, 0.0, -0.1]
    # The deviation of -0.1, 0, -0.1 is 0.057735; over √3 seeds 0.033333.
    assert (gain["mean"], gain["standard_error"]) == (-0.0667, 0.0333)


def test_one_seed_has_no_standard_error_and_a_variant_alone_no_gain(benchmark):
    one = benchmark.summary({"default": [run(0.7)], "no-average": [run(0.6)]})
    alone = benchmark.summary({"no-average": [run(0.6), run(0.4)]})

    assert one["no-average"]["over_default"]["standard_error"] is None
    assert "over_default" not in alone["no-average"]


def test_every_variant_is_one_that_training_takes(benchmark):
    from coverzoo.training.options import configure

    for words in benchmark.VARIANTS.values():
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
                "init_from",
            )
        )
        pairs = list(zip(words[::2], words[1::2], strict=True))
        options["assignments"] = [value for key, value in pairs if key == "--set"]
        options |= {key[2:]: value for key, value in pairs if key != "--set"}
        configure({**options, "model": "wgan-gp", "audio": True})
