"""Options of `zoo-sample` that do not go together."""

import pytest


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (
            ["--interpolate", "--reconstruct", "a.jpg"],
            "--interpolate and --reconstruct: give one of them",
        ),
        (
            ["--reconstruct", "a.jpg", "--latent-map"],
            "--reconstruct and --latent-map: give one of them",
        ),
        (["--interpolate", "--latent-map"], "--interpolate and --latent-map: give one of them"),
        (["--seed", 1, "--seed", 2], "--seed: give one, or two with --interpolate"),
        (["--interpolate", *3 * ["--seed", 1]], "--seed: give one, or two with --interpolate"),
        (["--data", "root"], "--data: it is for --latent-map"),
        (["--split", "val"], "--split: it is for --latent-map"),
        (["--reconstruct", "a.jpg", "--data", "root"], "--data: it is for --latent-map"),
        (["--reconstruct", "a.jpg", "--count", 3], "--count: it has no effect with --reconstruct"),
        (["--reconstruct", "a.jpg", "--count", 8], "--count: it has no effect with --reconstruct"),
        (["--reconstruct", "a.jpg", "--strength", 2], "--strength: it has no effect with --rec"),
        (["--latent-map", "--data", "root", "--strength", 2], "--strength: it has no effect with"),
        (
            ["--reconstruct", "a.jpg", "--audio", "a.npy", "b.npy"],
            "--audio: with --reconstruct give one track",
        ),
        (["--reconstruct", "a.jpg", "--seed", 1], "--seed: it has no effect with --reconstruct"),
        (
            ["--reconstruct", "a.jpg", "--truncation", 1],
            "--truncation: it has no effect with --reconstruct",
        ),
        (
            ["--reconstruct", "a.jpg", "--audio", "a.npy", "--strength", 2],
            "--strength: it has no effect with --reconstruct",
        ),
        (["--latent-map"], "--latent-map: give --data ROOT and --out MAP.png"),
        (
            ["--latent-map", "--data", "root", "--audio", "a.npy"],
            "--audio: it has no effect with --latent-map",
        ),
        (
            ["--latent-map", "--data", "root", "--truncation", 1],
            "--truncation: it has no effect with --latent-map",
        ),
        (["--latent-map", "--data", "root", "--split", "all"], "'all' is not one of 'train', '"),
    ],
)
def test_options_that_do_not_go_together_are_refused(refused, options, line):
    assert line in refused("run", *options, "--out", "a.png")
