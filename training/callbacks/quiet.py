"""Hiding what TensorFlow prints while it compiles the first step."""

from contextlib import ExitStack
from types import TracebackType
from typing import Any

import keras

from coverzoo import backend


class QuietFirstStep(keras.callbacks.Callback):
    """A context manager and callback that hides the platform's output of the first step.

    TensorFlow's C++ code reports there, as errors, what a data type lacks on a device. If the
    step raises, the output is shown after all.
    """

    def __init__(self) -> None:
        super().__init__()
        self.hidden = ExitStack()
        self.started = False

    def __enter__(self) -> "QuietFirstStep":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.hidden.__exit__(kind, error, trace)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if not self.started:
            self.started = True
            self.hidden.enter_context(backend.quiet())

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.hidden.close()
