"""The peer: PyTorch in a separate environment and process, which alternates with the project."""

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
# Index of the smaller wheels for CPUs; pip uses the default index if it cannot be reached.
CPU_WHEELS = "https://download.pytorch.org/whl/cpu"
SCRIPTS = Path(__file__).resolve().parent / "peers"

option = click.option(
    "--peer",
    type=click.Path(path_type=Path),
    help="Environment of the peer, created if missing.  [default: in the user's cache]",
)


def python_of(environment: Path | None, extra: Sequence[str] = ()) -> Path:
    """Return the peer's Python interpreter; its environment is created on first use.

    Args:
        environment: Folder of the environment; None for the one in the user's cache.
        extra: Packages beside `REQUIREMENTS`, whose names are those of their modules.

    Raises:
        UserError: If the environment lacks a package or cannot be created.
    """
    cached = user_cache_path("coverzoo") / "-".join(["peer-torch", VERSION, *extra])
    folder = environment or cached
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if _is_complete(python, extra):
        return python
    if environment is not None and environment.exists():
        raise UserError(
            f"--peer {environment}: no environment with {', '.join([*REQUIREMENTS, *extra])}. "
            "Give a new folder to create one there."
        )
    click.echo(f"Creating the peer's environment in {folder} (once)", err=True)
    create = [sys.executable, "-m", "venv", "--clear", str(folder)]
    install = [str(python), "-m", "pip", "install", "--quiet", "--retries", "1"]
    install += ["--extra-index-url", CPU_WHEELS, *REQUIREMENTS, *extra]
    for command in (create, install):
        if subprocess.run(command, stdout=sys.stderr, check=False).returncode:
            raise UserError(
                f"{folder}: the peer's environment was not created; see the message above"
            )
    return python


def _is_complete(python: Path, extra: Sequence[str]) -> bool:
    """Whether the interpreter exists and can import all packages."""
    names = ", ".join(["torch", "numpy", "PIL", *extra])
    check = f"import {names}; assert torch.__version__.split('+')[0] == '{VERSION}'"
    if not python.is_file():
        return False
    return not subprocess.run([python, "-c", check], capture_output=True, check=False).returncode


class Peer:
    """A script in its own process that answers each line with a JSON object.

    Args:
        python: Python interpreter of the process.
        script: Script, which uses `peers/serve.py`.
        *arguments: Arguments of the script.

    Attributes:
        properties: First JSON object that the script prints, which describes it.

    Raises:
        UserError: If the script ends before it prints.
    """

    def __init__(self, python: Path, script: Path, *arguments: Any) -> None:
        self.script = script
        self.process = subprocess.Popen(
            [str(python), str(script), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.properties = self._answer()

    def run(self, line: str = "") -> dict[str, Any]:
        """Send a line and return the answer.

        Args:
            line: Line without its end.

        Raises:
            UserError: If the script ends instead; its message is on standard error.
        """
        if self.process.stdin is not None:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        line = self.process.stdout.readline() if self.process.stdout is not None else ""
        if not line:
            raise UserError(f"{self.script.name}: the peer ended early; see its message above")
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
            self.process.communicate()  # closes its input, which ends the script
