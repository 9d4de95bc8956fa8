"""What the callbacks of a training share: its progress, and whether and why it ends."""

from dataclasses import dataclass


@dataclass
class TrainingState:
    """Progress of a run over all its sessions.

    The callbacks run after each step in the order of `callbacks.in_order`. Each reads this state
    and may end training by it; nothing is passed between them otherwise.

    Attributes:
        step: Steps done.
        seconds: Seconds of training.
        total_steps: Step at which training ends.
        total_minutes: Minutes of training after which it ends, or None.
        ending: Whether training ends after this step.
        failure: Why training must not go on, or None. Nothing of the failed step is written.
    """

    step: int
    seconds: float
    total_steps: int
    total_minutes: float | None = None
    ending: bool = False
    failure: str | None = None

    @property
    def complete(self) -> bool:
        """Whether the total, of steps or of minutes, is reached."""
        late = self.total_minutes is not None and self.seconds >= 60.0 * self.total_minutes
        return late or self.step >= self.total_steps

    def end(self) -> None:
        """End training after this step."""
        self.ending = True

    def fail(self, reason: str) -> None:
        """End training without writing anything of this step."""
        self.failure = reason
        self.ending = True
