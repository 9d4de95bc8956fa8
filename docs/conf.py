"""Configuration of Sphinx; `tox -e docs` builds the site."""

import runpy
import sys
from importlib.metadata import version as installed_version
from pathlib import Path

from sphinx.application import Sphinx

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
runpy.run_path(str(HERE / "generate_reference.py"), run_name="__main__")

project = "coverzoo"
author = "coverzoo contributors"
copyright = author
release = version = installed_version("coverzoo")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_click",
]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
suppress_warnings = ["myst.xref_missing"]  # links into the repository, such as CONTRIBUTING.md
autodoc_typehints = "none"
autodoc_member_order = "bysource"
html_theme = "furo"
html_title = "coverzoo"
default_role = "literal"  # docstrings quote names with single backticks


def escape_formulas(
    app: object, what: str, name: str, item: object, options: object, lines: list[str]
) -> None:
    """Escape `|` and `*` of formulas in docstrings, which reStructuredText would interpret."""
    literal = False  # within an indented block after `::`
    for place, line in enumerate(lines):
        literal = literal and (not line.strip() or line.startswith(" "))
        special = line.lstrip().startswith((">>>", "...", ".. ", ":")) or "``" in line
        if not literal and not special:
            lines[place] = line.replace("|", r"\|").replace("*", r"\*")
        literal = literal or line.endswith("::")


def setup(app: Sphinx) -> None:
    """Connect the handlers; Sphinx calls this."""
    app.connect("autodoc-process-docstring", escape_formulas, priority=100)
