"""Ctrl-C and SIGTERM during training: finish the step, write a checkpoint, then leave."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupts:
    """Remembers the first signal that asked to stop."""

    received: int | None = None

    @contextmanager
    def caught(self) -> Iterator["Interrupts"]:
        """Within the block SIGINT and SIGTERM are noted; a second one acts as it always did."""
        previous = {kind: signal.getsignal(kind) for kind in (signal.SIGINT, signal.SIGTERM)}

        def note(number: int, _: FrameType | None) -> None:
            self.received = number
            for kind, handler in previous.items():
                signal.signal(kind, handler)

        for kind in previous:
            signal.signal(kind, note)
        try:
            yield self
        finally:
            for kind, handler in previous.items():
                signal.signal(kind, handler)

    @property
    def status(self) -> int:
        """The exit status that tells which signal it was: 130 or 143."""
        return 128 + (self.received or 0)
