"""Markdown from a template, in which every value is text and never markup."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup

# Of ASCII punctuation, what Markdown gives a meaning to within a line, with tables, formulas, links
# of bare addresses, mentions and emoji names as the Hub has them.
ACTIVE = re.compile(r"[\\`*_{}\[\]#|~$^@]|:(?=\S)")
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# Control characters, surrogates, and separators of lines and paragraphs.
UNPRINTABLE = {"Cc", "Cs", "Cn", "Co", "Zl", "Zp"}


def one_line(value: Any) -> str:
    """A value as one line of printable text, in which a run of other characters is one blank.

    File names may hold line breaks and bytes of no encoding, which neither YAML nor UTF-8 has.
    """
    characters = (
        " " if unicodedata.category(character) in UNPRINTABLE else character
        for character in str(value)
    )
    return " ".join("".join(characters).split())


def escaped(value: Any) -> Markup:
    """A value as Markdown that shows exactly its text; `Markup` is returned as it is."""
    if isinstance(value, Markup):
        return value
    text = ACTIVE.sub(lambda match: f"\\{match[0]}", one_line(value))
    text = "".join(ENTITIES.get(character, character) for character in text)
    return Markup(re.sub(r"(?i)\bwww\.", lambda match: f"{match[0][:-1]}\\.", text))


def table(columns: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Markup:
    """A table; an empty column has no title."""
    lines = [columns, ["---"] * len(columns), *rows]
    return Markup("\n".join(f"| {' | '.join(map(escaped, line))} |" for line in lines))


def render(template: str, **values: Any) -> str:
    """A template of this package as Markdown.

    Args:
        template: Name of a file in `templates/`.
        **values: Its values; each is escaped where the template writes it, unless it is `Markup`.
            The template has the function `table` besides.

    Raises:
        jinja2.UndefinedError: If the template needs a value that is not given.
    """
    # Constants of a template are escaped as well: its own text stands outside of expressions.
    environment = jinja2.Environment(
        finalize=escaped,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # that would be HTML
    )
    source = files("coverzoo.evaluation.report").joinpath("templates", template).read_text("utf-8")
    return environment.from_string(source).render(table=table, **values)
