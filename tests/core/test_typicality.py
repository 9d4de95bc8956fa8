from pathlib import Path

from coverzoo.typicality import notices


def test_a_notice_names_the_track_at_the_level_and_above_it():
    tracks = [Path("usual.npy"), Path("songs/loud.mp3"), Path("noise.wav")]

    assert notices(tracks, [99.89, 99.9, 100.0]) == [
        f"{track}: less typical of the training data than 99.9 % of its tracks; its covers may be "
        "poor"
        for track in ("songs/loud.mp3", "noise.wav")
    ]


def test_a_model_that_does_not_measure_it_gives_no_notice():
    assert notices([Path("a.npy")], None) == []
