"""The pairs of losses a GAN can play with, and the penalties beside them, as data."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from zoo import objectives


@dataclass(frozen=True)
class Game:
    """A pair of losses.

    Attributes:
        critic: (real scores, fake scores) → the critic's loss; with `labelled` also the label
            of real covers.
        generator: fake scores → the generator's loss.
        labelled: whether real covers have a label.
    """

    critic: Callable[..., Any]
    generator: Callable[[Any], Any]
    labelled: bool = False


GAMES = {
    "gan": Game(objectives.vanilla_critic, objectives.vanilla_generator, labelled=True),
    "lsgan": Game(
        objectives.least_squares_critic, objectives.least_squares_generator, labelled=True
    ),
    "wgan-gp": Game(objectives.wasserstein_critic, objectives.wasserstein_generator),
}

# (score, real, fake, mix) → a scalar.
PENALTIES: dict[str, Callable[..., Any]] = {
    "one-centred": objectives.gradient_penalty,
    "zero-centred": objectives.zero_centred_penalty,
}
