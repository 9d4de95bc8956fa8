"""Configuration of Sphinx; `tox -e docs` builds the site."""

import re
import runpy
import sys
from importlib.metadata import version as installed_version
from pathlib import Path

from docutils import nodes
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
smartquotes = False  # they would change the dashes of options
nitpicky = True
# References to other projects are shown without links: no inventory is fetched.
nitpick_ignore_regex = [("py:.*", r"(?!coverzoo\.).*")]
napoleon_use_rtype = False  # descriptions of returned values start with no type
autodoc_typehints = "signature"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
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


def unlink_repository_files(app: object, docname: str, source: list[str]) -> None:
    """Show links to files of the repository that are no part of the site as text."""

    def text_of(link: re.Match[str]) -> str:
        target = (HERE / docname).parent.joinpath(link["target"]).resolve()
        outside = target.exists() and not target.is_relative_to(HERE)
        return link["text"] if outside else link[0]

    source[0] = re.sub(r"\[(?P<text>[^\]]+)\]\((?P<target>\.\./[^)#]+)\)", text_of, source[0])


def set_dashes(app: object, document: nodes.document) -> None:
    """Set the dash between a parameter and its description, which smartquotes would have set."""
    for text in list(document.findall(nodes.Text)):
        if text == " -- ":
            text.parent.replace(text, nodes.Text(" – "))


def setup(app: Sphinx) -> None:
    """Connect the handlers; Sphinx calls this."""
    app.connect("source-read", unlink_repository_files)
    app.connect("doctree-read", set_dashes)
    app.connect("autodoc-process-docstring", escape_formulas, priority=100)
