"""Text chunks of PNG files."""

from coverzoo.png_text import png_text


def test_what_is_known_has_a_keyword_of_its_own():
    assert png_text(
        "demo", sha256="0a", version=2, seed=-3, index=0, strength=1.5, tracks=["a.npy"]
    ) == {
        "coverzoo:model": "demo",
        "coverzoo:sha256": "0a",
        "coverzoo:version": "2",
        "coverzoo:seed": "-3",
        "coverzoo:index": "0",
        "coverzoo:strength": "1.5",
        "coverzoo:track": "a.npy",
    }


def test_what_is_unknown_has_none_and_without_a_track_there_is_no_strength():
    assert png_text("cover", seed=0, strength=1.0) == {
        "coverzoo:model": "cover",
        "coverzoo:seed": "0",
    }


def test_several_tracks_have_a_line_each_whatever_their_names():
    text = png_text("demo", tracks=["a.npy", "b\nc.mp3", "曲.ogg"])

    assert text["coverzoo:track"].split("\n") == ["a.npy", "b c.mp3", "曲.ogg"]
