"""Music files: the mapping alone, then Essentia on synthetic and on real music."""

import json
import re
import struct
import sys
import wave

import numpy as np
import pytest

from coverzoo.corpus import schema
from coverzoo.corpus.music import PEAKS, as_document, load_music
from coverzoo.errors import UserError, install_command

RATE = 44_100
LOCATION_STATISTICS = ("max", "mean", "median", "min")


def at(values, name):
    return float(values[schema.names().index(name)])


@pytest.fixture
def pool(document):
    """Output of the current extractor that corresponds to a document of 1, 2, … 580."""
    contents = {"metadata.audio_properties.length": 9.0, "lowlevel.melbands128.mean": [1.0] * 128}
    for section, descriptors in document.items():
        for name, content in descriptors.items():
            statistics = content if isinstance(content, dict) else {"": content}
            for statistic, value in statistics.items():
                value = np.asarray(value, np.float32) if isinstance(value, list) else float(value)
                contents[".".join(filter(None, (section, name, statistic)))] = value
    contents = {name: value for name, value in contents.items() if "_peak_" not in name}
    contents["tonal.key_temperley.strength"] = contents.pop("tonal.key_strength")
    contents |= {"tonal.key_temperley.key": "D", "tonal.key_edma.strength": 0.1}
    contents |= {"lowlevel.hfc.stdev": 0.1, "lowlevel.loudness_ebu128.momentary.mean": -14.0}
    contents |= {"rhythm.bpm_histogram_first_peak_weight": 0.7}  # in fact the spread
    return contents


def test_the_extractors_output_becomes_a_document(pool):
    values = schema.vector(as_document(pool, (120.0, 0.5, 0.25, 98.0, 0.125, 0.0625)))

    measured = dict(zip(schema.names(), values.tolist(), strict=True))
    expected = dict(zip(schema.names(), np.arange(1.0, 581.0).tolist(), strict=True))
    for kind, peak in {
        "first_peak_bpm": 120.0,
        "first_peak_weight": 0.5,
        "first_peak_spread": 0.25,
        "second_peak_bpm": 98.0,
        "second_peak_weight": 0.125,
        "second_peak_spread": 0.0625,
    }.items():
        expected |= {
            f"rhythm.bpm_histogram_{kind}.{statistic}": peak for statistic in LOCATION_STATISTICS
        }
        for statistic in ("dmean", "dmean2", "dvar", "dvar2", "var"):
            expected[f"rhythm.bpm_histogram_{kind}.{statistic}"] = 0.0
    assert measured == expected


@pytest.mark.parametrize("name", ["tonal.key_temperley.strength", "rhythm.bpm"])
def test_a_missing_descriptor_is_named(pool, name):
    del pool[name]
    named = name.replace("temperley.", "")
    with pytest.raises(ValueError, match=f"^no number for {re.escape(named)}$"):
        schema.vector(as_document(pool, [0.0] * len(PEAKS)))


def test_without_essentia_the_install_command_is_reported(tmp_path, monkeypatch):
    (tmp_path / "song.mp3").write_bytes(b"music")
    monkeypatch.setitem(sys.modules, "essentia", None)

    with pytest.raises(UserError, match=r"song\.mp3: measuring music needs Essentia") as caught:
        load_music(tmp_path / "song.mp3")
    assert str(caught.value).endswith(f": {install_command('audio')}")
    assert "[audio]" in str(caught.value)


def test_files_that_cannot_be_opened_or_are_empty(tmp_path):
    (tmp_path / "empty.wav").touch()
    (tmp_path / "folder.wav").mkdir()

    for name, reason in {
        "none.wav": "No such file or directory",
        "folder.wav": "Is a directory",
        "empty.wav": "empty file; give a music file",
    }.items():
        with pytest.raises(UserError, match=re.escape(f"{name}: {reason}")):
            load_music(tmp_path / name)


def beats(seconds=8.0, bpm=120.0):
    """A chord of A major, struck at every beat."""
    time = np.arange(int(seconds * RATE)) / RATE
    chord = sum(np.sin(2 * np.pi * tone * time) for tone in (440.0, 554.37, 659.26)) / 3
    return 0.6 * chord * np.exp(-8.0 * (time % (60.0 / bpm)))


@pytest.fixture
def write_music(essentia, tmp_path):
    """Write mono sound at 44.1 kHz in the format of the name's suffix."""

    def write(name, sound):
        path = tmp_path / name
        if path.suffix == ".wav":
            with wave.open(str(path), "wb") as file:
                file.setparams((1, 2, RATE, 0, "NONE", ""))
                file.writeframes((sound * 32767).astype("<i2").tobytes())
        else:
            kind = {"filename": str(path), "format": path.suffix[1:], "sampleRate": RATE}
            essentia.MonoWriter(**kind)(sound.astype(np.float32))
        return path

    return write


def test_a_known_sound_is_measured(write_music, capfd):
    path = write_music("Ça va – 曲.wav", beats())

    values = load_music(path)

    assert (values.shape, values.dtype) == ((580,), np.float32)
    assert at(values, "rhythm.bpm") == pytest.approx(120.0, rel=0.02)
    assert at(values, "rhythm.onset_rate") == pytest.approx(2.0, rel=0.1)
    assert at(values, "tonal.tuning_frequency") == pytest.approx(440.0, abs=1.0)
    assert 440.0 < at(values, "lowlevel.spectral_centroid.median") < 660.0
    assert at(values, "rhythm.beats_position.std") == pytest.approx(8.0 / np.sqrt(12.0), rel=0.1)
    first = "rhythm.bpm_histogram_first_peak"
    (peak,) = {at(values, f"{first}_bpm.{statistic}") for statistic in LOCATION_STATISTICS}
    assert peak == pytest.approx(120.0, abs=4.0)
    # The shares of the beats that are at the peak and beside it.
    weight, spread = (at(values, f"{first}_{kind}.mean") for kind in ("weight", "spread"))
    assert weight >= 0.5
    assert 0.7 < weight + spread <= 1.0
    np.testing.assert_array_equal(load_music(path), values)
    assert capfd.readouterr() == ("", "")


def assert_like_wav(values, write_music):
    plain = load_music(write_music("plain.wav", beats()))
    for name in ("rhythm.bpm", "lowlevel.spectral_centroid.mean", "tonal.key_strength"):
        assert at(values, name) == pytest.approx(at(plain, name), rel=0.02)


@pytest.mark.parametrize("suffix", [".flac", ".mp3", ".aiff"])
def test_formats_agree(write_music, suffix):
    assert_like_wav(load_music(write_music(f"a{suffix}", beats())), write_music)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.opus", {"format": "OGG", "subtype": "OPUS"}),  # no decoder in Essentia
        ("a.caf", {"format": "CAF", "subtype": "PCM_16"}),
        ("a.au", {"format": "AU", "subtype": "PCM_16"}),  # a decoder, but not in MusicExtractor
        ("a.oga", {"format": "OGG", "subtype": "VORBIS"}),
        ("a.ogg", {"format": "FLAC", "subtype": "PCM_16"}),  # a suffix of another format
    ],
)
def test_formats_that_the_extractor_does_not_open_agree(
    write_music, essentia, tmp_path, capfd, name, kind
):
    soundfile = pytest.importorskip("soundfile", reason="needs soundfile: the extra `audio`")
    sound = np.stack(2 * [beats()], axis=1)
    rate = 48_000 if kind["subtype"] == "OPUS" else RATE
    times = np.arange(8 * rate) / rate
    sound = np.stack([np.interp(times, np.arange(len(sound)) / RATE, side) for side in sound.T], 1)
    soundfile.write(tmp_path / name, sound, rate, **kind)

    assert_like_wav(load_music(tmp_path / name), write_music)
    assert capfd.readouterr() == ("", "")


def test_without_soundfile_its_formats_alone_are_refused(
    write_music, essentia, tmp_path, monkeypatch
):
    pytest.importorskip("soundfile", reason="needs soundfile: the extra `audio`").write(
        tmp_path / "a.opus", beats(), 48_000, format="OGG", subtype="OPUS"
    )
    monkeypatch.setitem(sys.modules, "soundfile", None)

    with pytest.raises(UserError, match=r"a\.opus: measuring music needs Essentia and soundfile"):
        load_music(tmp_path / "a.opus")
    assert load_music(write_music("a.mp3", beats(4.0))).shape == (580,)


def matroska(codec):
    """The least Matroska file of one audio track of a codec, two channels."""

    def element(identity, content):
        size = (0x10000000 | len(content)).to_bytes(4)
        return bytes.fromhex(identity) + size + content

    audio = element("b5", struct.pack(">d", 48_000.0)) + element("9f", b"\x02")
    entry = element("d7", b"\x01") + element("73c5", b"\x01") + element("83", b"\x02")
    entry += element("86", codec) + element("e1", audio)
    tracks = element("1654ae6b", element("ae", entry))
    info = element("1549a966", element("2ad7b1", (1_000_000).to_bytes(3)))
    frames = [element("a3", b"\x81" + bytes([0, n, 0x80]) + bytes(64)) for n in range(20)]
    cluster = element("1f43b675", element("e7", b"\x00") + b"".join(frames))
    head = element("1a45dfa3", element("4282", b"matroska"))
    return head + element("18538067", info + tracks + cluster)


def test_a_codec_without_a_decoder_does_not_end_the_process(essentia, tmp_path):
    """Essentia 2.1-beta6 frees memory that it never allocated, at the latest on a second file."""
    for name in ("a.mka", "b.mka", "c.mka"):
        (tmp_path / name).write_bytes(matroska(b"A_OPUS"))

        with pytest.raises(UserError, match=rf"{name}: no music could be decoded; give a complete"):
            load_music(tmp_path / name)


def test_files_that_are_not_music_are_refused(write_music, tmp_path, capfd):
    write_music("silent.wav", np.zeros(RATE * 5))
    write_music("short.wav", beats(2.9))
    (tmp_path / "text.mp3").write_text("la la la\n" * 999)
    (tmp_path / "noise.flac").write_bytes(np.random.default_rng(0).bytes(9999))
    whole = write_music("whole.flac", beats()).read_bytes()
    (tmp_path / "cut.flac").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "cover.wav").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(999))
    capfd.readouterr()

    for name, reason in {
        "silent.wav": "silent; give a file with sound",
        "short.wav": "too short: 2.90 s; give 3 s or more",
        "text.mp3": "no music could be decoded; give a complete music file, or convert it to",
        "noise.flac": "no music could be decoded; give a complete music file",
        "cut.flac": "damaged: ",
        "cover.wav": "no music could be decoded; give a complete music file",
    }.items():
        with pytest.raises(UserError) as caught:
            load_music(tmp_path / name)
        line = str(caught.value)
        assert line.startswith(f"{tmp_path / name}: {reason}")
        assert "\n" not in line
    assert capfd.readouterr() == ("", "")


def test_real_windows_are_nearest_to_vectors_of_their_clip(write_music, essentia, real_data):
    clips = json.loads((real_data / "real" / "clips.json").read_text())
    vectors = (real_data / "real" / "audio-cover_dataset" / "audio").glob("test/*/*.npy")
    known = [(clips[path.stem], np.load(path)[:580]) for path in vectors]
    table = np.stack([values for _, values in known]).astype(np.float64)
    middle = np.median(table, axis=0)
    spread = np.abs(table - middle).mean(axis=0)
    spread[spread == 0] = 1.0

    def scaled(values):
        distance = (values - middle) / spread
        return np.sign(distance) * np.log1p(np.abs(distance))

    for clip in ("classical.00006", "metal.00007"):
        audio = real_data / "audio" / f"{clip}.ogg"
        sound = essentia.MonoLoader(filename=str(audio), sampleRate=RATE)()
        window = write_music("window.wav", sound[int(2.5 * RATE) : int(12.5 * RATE)])
        distance = np.square(scaled(table) - scaled(load_music(window))).mean(axis=1)
        assert known[int(np.argmin(distance))][0] == clip


def test_a_part_is_measured_as_a_file_of_that_part(essentia, write_music):
    whole = write_music("whole.wav", np.concatenate([beats(6.0), 0.3 * beats(6.0)]))
    first = write_music("first.wav", beats(6.0))

    part, alone = load_music(whole, 0.0, 6.0), load_music(first)

    assert at(part, "rhythm.bpm") == pytest.approx(at(alone, "rhythm.bpm"), rel=0.03)
    for name in ("lowlevel.spectral_centroid.mean", "lowlevel.spectral_rms.median"):
        assert at(part, name) == pytest.approx(at(alone, name), rel=0.05)
    with pytest.raises(UserError, match=r"whole\.wav: too short: 2\.00 s; give 3 s or more"):
        load_music(whole, 1.0, 3.0)
