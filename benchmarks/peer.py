"""The peer: PyTorch in an environment of its own, a process that takes turns with the project."""

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import click
from platformdirs import user_cache_path

from coverzoo.errors import UserError

VERSION = "2.13.0"
REQUIREMENTS = (f"torch=={VERSION}", "numpy", "pillow")
# Where the smaller wheels for CPUs are; pip goes on without it where it cannot be reached.
CPU_WHEELS = "https://download.pytorch.org/whl/cpu"
SCRIPTS = Path(__file__).resolve().parent / "peers"

option = click.option(
    "--peer",
    type=click.Path(path_type=Path),
    help="The peer's environment, made if not there.  [default: in the user's cache]",
)


def python_of(environment: Path | None, extra: Sequence[str] = ()) -> Path:
    """The peer's interpreter, its environment made on first use.

    Args:
        environment: where it is; None for the one in the user's cache.
        extra: packages it needs beside `REQUIREMENTS`, by names that can be imported too.

    Raises:
        UserError: if the environment lacks what the peer needs, or cannot be made.
    """
    cached = user_cache_path("coverzoo") / "-".join(["peer-torch", VERSION, *extra])
    folder = environment or cached
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if _is_whole(python, extra):
        return python
    if environment is not None and environment.exists():
        raise UserError(
            f"--peer {environment}: no environment with {', '.join([*REQUIREMENTS, *extra])}. "
            "Give a new folder to have it made."
        )
    click.echo(f"Making the peer's environment in {folder} (once)", err=True)
    make = [sys.executable, "-m", "venv", "--clear", str(folder)]
    install = [str(python), "-m", "pip", "install", "--quiet", "--retries", "1"]
    install += ["--extra-index-url", CPU_WHEELS, *REQUIREMENTS, *extra]
    for command in (make, install):
        if subprocess.run(command, stdout=sys.stderr, check=False).returncode:
            raise UserError(f"{folder}: the peer's environment was not made; see above")
    return python


def _is_whole(python: Path, extra: Sequence[str]) -> bool:
    """Whether the interpreter is there with all that the peer needs."""
    names = ", ".join(["torch", "numpy", "PIL", *extra])
    check = f"import {names}; assert torch.__version__.split('+')[0] == '{VERSION}'"
    if not python.is_file():
        return False
    return not subprocess.run([python, "-c", check], capture_output=True, check=False).returncode


class Peer:
    """A script that runs in an environment and does as it is asked, a turn a line.

    Args:
        python: the interpreter.
        script: the script; see `peers/turns.py`.
        arguments: of the script.

    Attributes:
        facts: what it said of itself first.
    """

    def __init__(self, python: Path, script: Path, *arguments: Any) -> None:
        self.script = script
        self.process = subprocess.Popen(
            [str(python), str(script), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.facts = self._answer()

    def turn(self, line: str = "") -> dict[str, Any]:
        """What it answers to a line.

        Raises:
            UserError: if it ended instead; the reason stands on standard error.
        """
        if self.process.stdin is not None:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        line = self.process.stdout.readline() if self.process.stdout is not None else ""
        if not line:
            raise UserError(f"{self.script.name}: the peer ended early; see above")
        return json.loads(line)

    def __enter__(self) -> "Peer":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.process.terminate()
        with suppress(BrokenPipeError):
            self.process.communicate()  # closes its input, which ends its turns
