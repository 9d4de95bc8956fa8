"""How a run is evaluated: every number that a figure depends on, as plain data."""

from dataclasses import dataclass

VERSION = 2  # increased when a figure of equal data and model changes


@dataclass(frozen=True)
class Protocol:
    """Sizes of an evaluation.

    Attributes:
        name: `full` or `quick`.
        size: Largest side at which the reference networks see covers; larger ones are reduced.
        classifier_steps: Training steps of the genre classifier.
        encoder_steps: Training steps of the cover encoder.
        dual_steps: Training steps of the dual encoder.
        dual_batch: Pairs of each of them.
        regressor_covers: Covers that the regressor of facts is trained on (built-in corpus); 0
            to leave out what it reads.
        two_sample_steps: Training steps of each fold of the two-sample test.
        two_sample_sizes: Sides at which it compares covers; None is the full side.
        two_sample_covers: Covers of each kind, at most.
        train_covers: Covers of train that the nearest one is taken from, at most.
        retrieval_tracks: Distinct tracks among which audio is ranked, at most.
        map_covers: Covers of the latent map, at most.
        noise_tracks: Tracks with several covers, at most.
        noises: Covers of each of them.
        permutations: Permutations of a p-value.
        seed: Seed of all networks, noises and pairings.
    """

    name: str
    size: int = 64
    classifier_steps: int = 1000
    encoder_steps: int = 800
    dual_steps: int = 1000
    dual_batch: int = 128
    regressor_covers: int = 6000
    two_sample_steps: int = 200
    two_sample_sizes: tuple[int | None, ...] = (8, 16, 32, None)
    two_sample_covers: int = 1000
    train_covers: int = 5000
    retrieval_tracks: int = 2000
    map_covers: int = 1000
    noise_tracks: int = 100
    noises: int = 8
    permutations: int = 999
    seed: int = 0


FULL = Protocol("full")
# What `zoo-train` can afford at the end of a training.
QUICK = Protocol(
    "quick",
    size=32,
    classifier_steps=300,
    encoder_steps=80,
    dual_steps=200,
    dual_batch=64,
    regressor_covers=0,
    two_sample_steps=30,
    two_sample_sizes=(8,),
    two_sample_covers=300,
    train_covers=1000,
    noise_tracks=40,
)
