"""What commands share: errors of one line, signals, options with many values."""

import errno
import os
import signal

import click
import pytest

from coverzoo.command import Command, MultiValueCommand
from coverzoo.errors import UserError


def ending_in(act):
    """A command that does nothing else."""
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


def test_a_fault_of_ours_is_not_hidden(call):
    with pytest.raises(ZeroDivisionError):
        call(ending_in(fail(ZeroDivisionError())))


def test_sigterm_unwinds(call):
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
def test_an_option_of_many_values(call, arguments, audio):
    @click.command(cls=MultiValueCommand, many=("--audio",))
    @click.argument("run")
    @click.option("--audio", multiple=True)
    @click.option("--count", default=8)
    def command(run, audio, count):
        click.echo(repr((run, audio)))

    result = call(command, *arguments.split())

    assert result.output == f"{('run', tuple(audio))!r}\n"
