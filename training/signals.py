"""Ctrl-C and SIGTERM during training: finish the step, write a checkpoint, then exit."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Signals:
    """Remembers the first signal that asked training to stop."""

    received: int | None = None

    @contextmanager
    def caught(self) -> Iterator["Signals"]:
        """Within the block SIGINT and SIGTERM are remembered; a second one acts as usual.

        Python delivers signals to the main thread only: in another one nothing is remembered.
        """
        if threading.current_thread() is not threading.main_thread():
            yield self
            return
        previous = {kind: signal.getsignal(kind) for kind in (signal.SIGINT, signal.SIGTERM)}

        def remember(number: int, _: FrameType | None) -> None:
            self.received = number
            for kind, handler in previous.items():
                signal.signal(kind, handler)

        for kind in previous:
            signal.signal(kind, remember)
        try:
            yield self
        finally:
            for kind, handler in previous.items():
                signal.signal(kind, handler)

    @property
    def status(self) -> int:
        """The exit status for the received signal: 130 or 143."""
        return 128 + (self.received or 0)
