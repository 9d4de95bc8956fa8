"""The peer's environment and its turns."""

import sys
from importlib import import_module
from pathlib import Path

import pytest

from coverzoo.errors import UserError

THESIS = {"generator": 9_782_043, "critic": 3_814_785}  # see tests/zoo/test_build.py


@pytest.fixture(scope="module")
def peer():
    return import_module("peer")


def test_turns_go_to_a_process_that_stays(peer, scripts, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        f"import sys; sys.path.insert(0, {str(scripts / 'peers')!r})\n"
        "from turns import serve\n"
        "lines = []\n"
        "serve({'name': sys.argv[1]}, lambda line: lines.append(line) or {'lines': lines})\n"
    )

    with peer.Peer(Path(sys.executable), script, "echo") as process:
        assert process.facts == {"name": "echo"}
        assert process.turn("0") == {"lines": ["0"]}
        assert process.turn("2") == {"lines": ["0", "2"]}

    assert process.process.returncode == 0


def test_a_peer_that_ends_is_told(peer, tmp_path):
    (tmp_path / "script.py").write_text("print('{}', flush=True); input(); raise SystemExit(3)")

    with (
        pytest.raises(UserError, match=r"script\.py: the peer ended early"),
        peer.Peer(Path(sys.executable), tmp_path / "script.py") as process,
    ):
        process.turn()


def test_a_folder_that_is_no_environment_is_refused(peer, tmp_path):
    with pytest.raises(UserError, match="no environment with torch==") as caught:
        peer.python_of(tmp_path)

    assert str(tmp_path) in str(caught.value)
    assert not list(tmp_path.iterdir()), "and left as it is"


@pytest.fixture
def python(peer, monkeypatch):
    """The interpreter of an environment that is there already; none is made for a test."""

    def unmade(*_, **__):
        pytest.skip("the peer's environment is not made: python benchmarks/train_step.py makes it")

    monkeypatch.setattr(peer.click, "echo", unmade)
    return peer.python_of(None)


def test_the_peer_trains_the_thesis_s_networks(peer, python, scripts):
    arguments = ("--batch", 2, "--threads", 1)
    with peer.Peer(python, scripts / "peers" / "train_step.py", *arguments) as process:
        assert process.facts["parameters"] == THESIS
        assert process.turn()["seconds"] > 0.0


def test_the_peer_reads_what_the_project_reads(peer, python, scripts, pairs):
    arguments = (pairs, "--batch", 24, "--size", 32, "--threads", 1)
    with peer.Peer(python, scripts / "peers" / "input_pipeline.py", *arguments) as process:
        assert process.facts["samples"] == 24
        done = [process.turn("0"), process.turn("2")]

    batch = next(iter(read(pairs)))
    for turn in done:
        assert turn["images"] == 24
        assert turn["mean"] == pytest.approx(float(batch["image"].numpy().mean()), abs=1e-5)


def read(root):
    """The whole train split as one batch."""
    from coverzoo.corpus.batches import ordered_batches
    from coverzoo.corpus.layout import read_split

    listing = read_split(root, "train", audio=True)
    return ordered_batches(
        listing.samples, listing.genres, image_size=32, batch_size=24, audio=True
    )
