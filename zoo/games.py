"""The pairs of losses a GAN can play with, as data."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from zoo import objectives


@dataclass(frozen=True)
class Game:
    """A pair of losses.

    Attributes:
        critic: (real scores, fake scores) → the critic's loss.
        generator: fake scores → the generator's loss.
        penalized: whether the gradient penalty joins the critic's loss.
    """

    critic: Callable[[Any, Any], Any]
    generator: Callable[[Any], Any]
    penalized: bool = False


GAMES = {
    "wgan-gp": Game(objectives.wasserstein_critic, objectives.wasserstein_generator, True),
}
