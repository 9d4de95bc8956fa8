"""What every command of the project shares: one-line errors, options with many values."""

import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

import click

from coverzoo.errors import UsageError, UserError


class Misuse(click.ClickException):
    """Options that cannot be: one line on standard error, and status 2."""

    exit_code = 2


class Command(click.Command):
    """A click command whose errors are one line each, without a traceback.

    Options that cannot be exit with status 2; other user errors, and those of the operating system
    (a disk that is full, a folder that is not ours, no memory), with 1; Ctrl-C with 130, SIGTERM
    with 143.
    """

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Parse the arguments."""
        with one_line_errors():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            with one_line_errors(), _terminable():
                return super().invoke(ctx)
        except UsageError as error:
            raise Misuse(str(error)) from error
        except UserError as error:
            raise click.ClickException(str(error)) from error
        except BrokenPipeError:  # whoever read our output has left: click exits quietly
            raise
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            raise click.ClickException(f"{place}{error.strerror or error}") from error
        except MemoryError as error:
            raise click.ClickException("not enough memory for that much at once") from error
        except KeyboardInterrupt:
            click.echo("Interrupted", err=True)
            raise click.exceptions.Exit(128 + signal.SIGINT) from None


class Group(click.Group):
    """A command of commands, whose own usage errors are one line each."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Parse the arguments."""
        with one_line_errors():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command asked for."""
        with one_line_errors():
            return super().invoke(ctx)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Within, click's usage errors are one line, which says whose --help tells more."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:  # the help itself
        raise
    except click.UsageError as error:
        message = " ".join(error.format_message().split()).rstrip(".")
        context = error.ctx or click.get_current_context(silent=True)
        more = f" See {context.command_path} --help." if context is not None else ""
        raise Misuse(f"{message}.{more}") from error


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does: unwinding it, so that nothing half-made stays."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(number: int, _: FrameType | None) -> None:
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class MultiValueCommand(Command):
    """A command some of whose options take several values: `--audio a.npy b.npy`.

    Args:
        many: those options; each is declared with `multiple=True`.
    """

    def __init__(self, *args: Any, many: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.many = tuple(many)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Repeat the option before each of its values, as click wants them."""
        repeated: list[str] = []
        current = None
        for argument in args:
            if argument.startswith("-") and argument != "-":
                name, equals, _ = argument.partition("=")
                current = name if name in self.many else None
                first = not equals
            elif current is not None:
                if not first:
                    repeated.append(current)
                first = False
            repeated.append(argument)
        return super().parse_args(ctx, repeated)
