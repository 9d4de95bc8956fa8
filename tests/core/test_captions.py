"""Captions in fonts of the tests alone: Pillow's own, and one with a few letters."""

import numpy as np
import pytest
from PIL import ImageFont

from coverzoo import captions, fonts
from coverzoo.captions import captioned, replaced
from coverzoo.fonts import font_files, fonts_for, lacking
from coverzoo.images import grid

COVERS = np.random.default_rng(0).uniform(-1, 1, (5, 4, 4, 3)).astype(np.float32)


@pytest.fixture
def installed(monkeypatch):
    """Set the font files of the system; none at first."""

    def installed(*files):
        monkeypatch.setattr(fonts, "_known_files", lambda: files)

    installed()
    return installed


@pytest.fixture(scope="session")
def font_with(tmp_path_factory):
    """Make a font file with boxes for some letters, and nothing for others."""
    builder = pytest.importorskip("fontTools.fontBuilder", reason="needs fontTools, of matplotlib")
    pens = pytest.importorskip("fontTools.pens.ttGlyphPen")

    def box(width, height):
        pen = pens.TTGlyphPen(None)
        pen.moveTo((50, 0))
        for point in ((50, height), (width, height), (width, 0)):
            pen.lineTo(point)
        pen.closePath()
        return pen.glyph()

    def font_with(letters):
        names = [".notdef", *(f"letter{number}" for number in range(len(letters)))]
        font = builder.FontBuilder(1000, isTTF=True)
        font.setupGlyphOrder(names)
        font.setupCharacterMap(dict(zip(map(ord, letters), names[1:], strict=True)))
        heights = range(300, 300 + 50 * len(names), 50)
        glyphs = {name: box(600, height) for name, height in zip(names, heights, strict=True)}
        font.setupGlyf(glyphs)
        font.setupHorizontalMetrics(dict.fromkeys(names, (700, 50)))
        font.setupHorizontalHeader(ascent=800, descent=-200)
        font.setupNameTable({"familyName": "Test", "styleName": "Regular"})
        font.setupOS2()
        font.setupPost()
        file = tmp_path_factory.mktemp("fonts") / "test.ttf"
        font.save(file)
        return file

    return font_with


def test_captions_stand_to_the_left_of_their_rows_and_leave_the_covers_alone(installed, caplog):
    covers = np.full((4, 32, 32, 3), 0.5, np.float32)
    sheet = grid(covers, 2)

    wider = np.asarray(captioned(sheet, ["first", ""]))

    left = wider.shape[1] - sheet.width
    np.testing.assert_array_equal(wider[:, left:], np.asarray(sheet))
    upper, lower = wider[:35, :left], wider[35:, :left]
    assert (upper < 128).any()
    assert (lower == 255).all()
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("name", "shown", "missing"),
    [
        ("full-track.vibe-ace", "full-track.vibe-ace", ""),
        ("Sigur Rós · Ágætis byrjun", "Sigur Ros · Ag?tis byrjun", "óÁæ"),
        ("Bjo\u0308rk", "Bjork", "ö"),
        ("№ 5", "No 5", "№"),
        ("曲曲", "??", "曲"),
    ],
)
def test_without_other_fonts_characters_are_replaced_and_reported(
    installed, caplog, name, shown, missing
):
    assert lacking(name, ImageFont.load_default(size=20)) == missing
    assert replaced(name, missing) == shown
    sheet = grid(COVERS[:1], 1)

    np.testing.assert_array_equal(captioned(sheet, [name]), captioned(sheet, [shown]))

    expected = f"no installed font can draw {' '.join(missing)} of {name}; they are replaced"
    assert [expected in message for message in caplog.messages] == [True] * bool(missing)


def paths_of(text):
    found, missing = fonts_for(text, 20)
    return [getattr(font, "path", None) for font in found], missing


def test_a_font_that_has_every_character_is_used(installed, font_with, caplog):
    partial, whole = font_with("曲"), font_with("曲é ")
    installed(partial, whole)

    assert paths_of("曲é 曲") == ([whole], "")
    assert paths_of("曲") == ([partial], "")
    ((plain,), missing) = fonts_for("plain", 20)
    assert (plain.getname(), missing) == (ImageFont.load_default(size=20).getname(), "")
    shown = np.asarray(captioned(grid(COVERS[:1], 1), ["曲"]))
    assert caplog.messages == []
    installed()
    assert shown.tobytes() != np.asarray(captioned(grid(COVERS[:1], 1), ["曲"])).tobytes()


def test_several_fonts_are_used_where_none_has_every_character(installed, font_with):
    first, second = font_with("曲 "), font_with("é")
    installed(first, second, font_with("曲é"[:1]))

    found, missing = fonts_for("ab 曲 é☃", 20)

    assert [getattr(font, "path", None) for font in found[1:]] == [first, second]
    assert missing == "☃"
    runs = list(captions._runs("ab 曲 曲é?", found))
    assert [text for text, _ in runs] == ["ab ", "曲 曲", "é", "?"]
    assert [font for _, font in runs] == [found[0], found[1], found[2], found[0]]


def test_files_that_are_no_fonts_are_passed_over(installed, font_with, tmp_path):
    (tmp_path / "damaged.ttf").write_bytes(b"not a font")
    installed(tmp_path / "damaged.ttf", font_with("曲"))

    assert paths_of("曲")[1] == ""


def test_plain_fonts_of_the_systems_folders_come_first(tmp_path, monkeypatch):
    names = (
        "A-BoldItalic.ttf",
        "ASerif.ttf",
        "B.otf",
        "sub/C.TTC",
        "LastResort.otf",
        "readme.txt",
        "A-Bold.ttf",
    )
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.setattr(fonts, "OTHER_FOLDERS", (str(tmp_path), str(tmp_path / "gone")))
    monkeypatch.setattr(fonts, "FOLDERS", {})

    found = [file.relative_to(tmp_path).as_posix() for file in font_files()]

    assert found == ["B.otf", "sub/C.TTC", "A-Bold.ttf", "ASerif.ttf", "A-BoldItalic.ttf"]


def test_the_warning_is_one_line_for_all_captions(installed, caplog):
    captioned(grid(COVERS[:2], 1), ["曲", "é"])

    (message,) = caplog.messages
    assert message == (
        "--captions: no installed font can draw 曲 of 曲, é of é; they are replaced. "
        "Install a font that has them"
    )
    assert caplog.records[0].name == captions.__name__
