"""The base of every command: one-line errors, `--debug`, options with several values."""

import logging
import re
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

import click

from coverzoo.errors import UsageError, UserError

DEBUG = "coverzoo.debug"  # key of click's context


class UsageFailure(click.ClickException):
    """Options that cannot work: one line on standard error, and status 2."""

    exit_code = 2


class Command(click.Command):
    """A click command whose errors are one line each, without a traceback.

    Options that cannot work exit with status 2; other user errors, and those of the operating
    system (a full disk, no permission, no memory), with 1; Ctrl-C with 130, SIGTERM with 143.
    `--debug` shows tracebacks and debug messages instead.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(_debug_option())

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Parse the arguments."""
        with one_line_errors():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        if ctx.meta.get(DEBUG):
            with _sigterm_exits(), _logging(logging.DEBUG):
                return super().invoke(ctx)
        try:
            with one_line_errors(), _sigterm_exits(), _logging(logging.WARNING):
                return super().invoke(ctx)
        except UsageError as error:
            raise UsageFailure(str(error)) from error
        except UserError as error:
            raise click.ClickException(str(error)) from error
        except BrokenPipeError:  # the reader of our output has left: click exits quietly
            raise
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            raise click.ClickException(f"{place}{error.strerror or error}") from error
        except MemoryError as error:
            raise click.ClickException("not enough memory; ask for less at once") from error
        except KeyboardInterrupt:
            click.echo("Interrupted", err=True)
            raise click.exceptions.Exit(128 + signal.SIGINT) from None


class Group(click.Group):
    """A command with subcommands, whose own usage errors are one line each."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Parse the arguments."""
        with one_line_errors():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand."""
        with one_line_errors():
            return super().invoke(ctx)


class MultiValueCommand(Command):
    """A command some of whose options take several values: `--audio a.npy b.npy`.

    Args:
        many: Names of these options; each is declared with `multiple=True`.
    """

    def __init__(self, *args: Any, many: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.many = tuple(many)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Repeat the option before each of its values, as click expects them."""
        given = _values_by_option(args, self.many)
        for name, values in given:
            if not values:
                raise click.UsageError(f"{name}: expected one value or more after it", ctx)
        repeated: list[str] = []
        for name, values in given:
            if name in self.many:
                repeated += [word for value in values for word in (name, value)]
            else:
                repeated += values
        try:
            return super().parse_args(ctx, repeated)
        except click.MissingParameter as error:
            option, values = next(
                ((name, values) for name, values in given if name in self.many), ("", [])
            )
            if error.param is None or error.param.param_type_name != "argument" or not option:
                raise
            argument = error.param.make_metavar(ctx)
            raise click.UsageError(
                f"{argument}: missing, because {option} takes all words after it "
                f"({', '.join(values)}). Give {argument} before {option}",
                ctx,
            ) from error


def _values_by_option(args: list[str], many: Sequence[str]) -> list[tuple[str, list[str]]]:
    """The arguments in groups: a multi-value option with its values, or other words unchanged.

    Other words are one group each, under an empty name.
    """
    groups: list[tuple[str, list[str]]] = []
    current: list[str] | None = None
    for argument in args:
        if argument.startswith("-") and argument != "-":
            name, equals, value = argument.partition("=")
            current = None
            if name in many:
                groups.append((name, [value] if equals else []))
                current = groups[-1][1]
                continue
        elif current is not None:
            current.append(argument)
            continue
        groups.append(("", [argument]))
    return groups


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Within, click's usage errors are one line that ends with the command whose help to read."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:  # the help itself
        raise
    except click.UsageError as error:
        message = " ".join(_message(error).split()).rstrip(".")
        context = error.ctx or click.get_current_context(silent=True)
        more = f" See {context.command_path} --help." if context is not None else ""
        raise UsageFailure(f"{message}.{more}") from error


_NOT_A_NUMBER = re.compile(r"'(?P<value>.*)' is not a valid (?:integer|float)(?: range)?\.?$")
_OUT_OF_RANGE = re.compile(r"(?P<value>\S+) is not in the range .*")


def _message(error: click.UsageError) -> str:
    """Click's message; for a number, what was expected: `--count many: expected …`."""
    if not isinstance(error, click.BadParameter) or error.param is None:
        return error.format_message()
    kind = error.param.type
    found = _NOT_A_NUMBER.match(error.message) or _OUT_OF_RANGE.match(error.message)
    if found is None or not isinstance(kind, click.types.IntParamType | click.types.FloatParamType):
        return error.format_message()
    whole = isinstance(kind, click.types.IntParamType)
    expected = "a whole number" if whole else "a number"
    low, high = getattr(kind, "min", None), getattr(kind, "max", None)
    if low is not None and high is not None:
        expected += f" from {low} to {high}"
    elif low is not None:
        expected += f", {low} or more"
    elif high is not None:
        expected += f", {high} or less"
    return f"{error.param.opts[0]} {found['value']}: expected {expected}"


def _debug_option() -> click.Option:
    def remember(ctx: click.Context, _: click.Parameter, value: bool) -> None:
        ctx.meta[DEBUG] = value

    return click.Option(
        ["--debug"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=remember,
        help="Show tracebacks and debug messages.",
    )


@contextmanager
def _logging(level: int) -> Iterator[None]:
    """Write the package's log messages of a level and above to standard error."""
    logger = logging.getLogger("coverzoo")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    before = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(level)
    logger.propagate = False  # libraries give the root logger handlers of their own
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before[0])
        logger.propagate = before[1]


@contextmanager
def _sigterm_exits() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does, so that nothing half-written is left."""
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
