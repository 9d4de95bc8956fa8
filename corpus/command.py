"""What every command of the project shares: one-line errors, options with many values."""

from collections.abc import Sequence
from typing import Any

import click

from corpus.errors import UserError


class Command(click.Command):
    """A click command that prints a `UserError` as one line and exits with status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except UserError as error:
            raise click.ClickException(str(error)) from error


class ManyValued(Command):
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
                current = argument if argument in self.many else None
                fresh = True
            elif current is not None and not fresh:
                repeated.append(current)
            if current is not None and argument != current:
                fresh = False
            repeated.append(argument)
        return super().parse_args(ctx, repeated)
