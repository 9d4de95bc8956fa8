"""Values in Markdown are text: another parser of CommonMark reads back what was written."""

from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt
from markupsafe import Markup

from coverzoo.evaluation.report.markdown import escaped, one_line, table

NAMES = [
    "drum & bass",
    "R&amp;B",
    "<script>alert(1)</script>",
    "<!-- hidden",
    "*a* _b_ **c** ~~d~~ `e` $f$",
    "[a](http://b.example) ![c](d.png)",
    "http://a.example www.b.example c@d.example @user #12 :smile:",
    "a | b \\| c \\",
    "# heading",
    "\\<script>",
    "--- | ---",
    "{{ 7 * 7 }} {% raw %}",
    "ジャズ é 🎷",
]


class Reader(HTMLParser):
    """Collects the text of HTML and the names of its elements."""

    def __init__(self, html):
        super().__init__()
        self.text, self.elements = "", []
        self.feed(html)

    def handle_data(self, data):
        self.text += data

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)


def read(markdown):
    """What a parser of CommonMark with tables and strikethrough makes of it."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return Reader(parser.render(markdown))


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_a_sentence_is_its_own_text(name):
    found = read(f"Genre {escaped(name)}.")

    assert found.elements == ["p"]
    assert found.text.strip() == f"Genre {name}."


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_a_table_is_one_cell(name):
    found = read(table(("name", "value"), [(name, 0.5)]))

    cells = [line.strip() for line in found.text.splitlines() if line.strip()]
    assert cells == ["name", "value", name, "0.5"]
    assert found.elements.count("td") == 2


def test_what_a_parser_reads_without_escapes_is_markup():
    assert "script" in read(NAMES[2]).elements
    assert read(NAMES[4]).elements == ["p", "em", "em", "strong", "s", "code"]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("a\n---\nb", "a --- b"),
        ("  a\t\x00b\x7f ", "a b"),
        ("caf\udce9", "caf"),  # a byte that is no UTF-8, as Python reads it from a file name
        ("a\u2028b\x85c", "a b c"),
        (5, "5"),
    ],
)
def test_a_value_is_one_line_that_utf_8_has(name, line):
    assert one_line(name) == line
    assert one_line(name).encode()


def test_markup_is_left_as_it_is():
    assert escaped(Markup("**a**")) == "**a**"
