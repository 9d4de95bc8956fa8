"""The base of every command: one-line errors, signals, options with several values."""

import errno
import logging
import os
import signal

import click
import pytest

from coverzoo.command import Command, MultiValueCommand
from coverzoo.errors import UserError


def ending_in(act):
    """A command that only calls `act`."""
    return click.command(cls=Command)(lambda: act())


def fail(error):
    def act():
        raise error

    return act


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (UserError("--out x: no"), 1, "Error: --out x: no\n"),
        (OSError(errno.ENOSPC, "No space left", "a/b"), 1, "Error: a/b: No space left\n"),
        (OSError(errno.ENOSPC, "No space left"), 1, "Error: No space left\n"),
        (KeyboardInterrupt(), 130, "Interrupted\n"),
    ],
)
def test_an_error_is_one_line(call, error, status, said):
    result = call(ending_in(fail(error)))

    assert (result.exit_code, result.stderr, result.stdout) == (status, said, "")


def test_a_bug_is_not_hidden(call):
    with pytest.raises(ZeroDivisionError):
        call(ending_in(fail(ZeroDivisionError())))


def test_sigterm_runs_the_finally_blocks(call):
    unwound = []

    def act():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            unwound.append(True)

    result = call(ending_in(act))

    assert (result.exit_code, result.output, unwound) == (143, "", [True])
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.parametrize(
    ("arguments", "audio"),
    [
        ("run", []),
        ("run --audio a", ["a"]),
        ("run --audio a b c", ["a", "b", "c"]),
        ("run --audio a b --audio c", ["a", "b", "c"]),
        ("run --audio=a b", ["a", "b"]),
        ("run --audio a b --count 3", ["a", "b"]),
        ("--audio a b --count 3 run", ["a", "b"]),
        ("--audio a b -- run", ["a", "b"]),
        ("run --count -3 --audio - a", ["-", "a"]),
    ],
)
def test_an_option_takes_several_values(call, arguments, audio):
    @click.command(cls=MultiValueCommand, many=("--audio",))
    @click.argument("run")
    @click.option("--audio", multiple=True)
    @click.option("--count", default=8)
    def command(run, audio, count):
        click.echo(repr((run, audio)))

    result = call(command, *arguments.split())

    assert result.output == f"{('run', tuple(audio))!r}\n"


@pytest.fixture
def sampler():
    """A command with an argument, an option of several values and numbers with bounds."""

    @click.command(cls=MultiValueCommand, many=("--audio",), name="sampler")
    @click.argument("run")
    @click.option("--audio", multiple=True)
    @click.option("--out")
    @click.option("--count", type=click.IntRange(1, 4096))
    @click.option("--minutes", type=click.FloatRange(min=0))
    def command(**options):
        click.echo("ran")

    return command


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("run --audio --out x.png", "--audio: expected one value or more after it."),
        ("run --audio", "--audio: expected one value or more after it."),
        (
            "--audio track.npy demo",
            "RUN: missing, because --audio takes all words after it (track.npy, demo). "
            "Give RUN before --audio.",
        ),
        ("run --count many", "--count many: expected a whole number from 1 to 4096."),
        ("run --count 0", "--count 0: expected a whole number from 1 to 4096."),
        ("run --minutes soon", "--minutes soon: expected a number, 0 or more."),
        ("--out x.png", "Missing argument 'RUN'."),
    ],
)
def test_a_usage_error_names_the_option_that_lacks_or_took_a_value(
    call, sampler, arguments, message
):
    result = call(sampler, *arguments.split())

    assert result.stderr == f"Error: {message} See sampler --help.\n"
    assert (result.exit_code, result.stdout) == (2, "")


def test_debug_shows_the_traceback_of_a_user_error(call):
    with pytest.raises(UserError, match="--out x: no"):
        call(ending_in(fail(UserError("--out x: no"))), "--debug")


@pytest.mark.parametrize(("option", "level"), [((), "WARNING"), (("--debug",), "DEBUG")])
def test_log_messages_go_to_standard_error_from_the_commands_level_on(call, option, level):
    def log():
        logger = logging.getLogger("coverzoo.somewhere")
        logger.debug("DEBUG")
        logger.warning("WARNING")

    result = call(ending_in(log), *option)

    assert result.stderr.splitlines()[0] == level
    assert result.stdout == ""
