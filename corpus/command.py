"""What every command of the project shares: one-line errors."""

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
