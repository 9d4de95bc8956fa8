"""The peer's environment and its answers."""

import sys
from importlib import import_module
from pathlib import Path

import pytest

from coverzoo.errors import UserError

THESIS_PARAMETERS = {
    "generator": 9_782_043,
    "critic": 3_814_785,
}  # see tests/zoo/models/test_thesis_parameters.py


@pytest.fixture(scope="module")
def peer():
    return import_module("peer")


def test_one_process_answers_all_lines(peer, scripts, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        f"import sys; sys.path.insert(0, {str(scripts / 'peers')!r})\n"
        "from serve import serve\n"
        "lines = []\n"
        "serve({'name': sys.argv[1]}, lambda line: lines.append(line) or {'lines': lines})\n"
    )

    with peer.Peer(Path(sys.executable), script, "echo") as process:
        assert process.properties == {"name": "echo"}
        assert process.run("0") == {"lines": ["0"]}
        assert process.run("2") == {"lines": ["0", "2"]}

    assert process.process.returncode == 0


def test_a_peer_that_ends_early_is_reported(peer, tmp_path):
    (tmp_path / "script.py").write_text("print('{}', flush=True); input(); raise SystemExit(3)")

    with (
        pytest.raises(UserError, match=r"script\.py: the peer ended early"),
        peer.Peer(Path(sys.executable), tmp_path / "script.py") as process,
    ):
        process.run()


def test_a_folder_that_is_not_an_environment_is_refused(peer, tmp_path):
    with pytest.raises(UserError, match="no environment with torch==") as caught:
        peer.python_of(tmp_path)

    assert str(tmp_path) in str(caught.value)
    assert not list(tmp_path.iterdir()), "the folder must not change"


@pytest.fixture
def python(peer, monkeypatch):
    """The interpreter of an existing environment; none is created for a test."""

    def skip(*_, **__):
        pytest.skip("no environment of the peer: python benchmarks/train_step.py creates it")

    monkeypatch.setattr(peer.click, "echo", skip)
    return peer.python_of(None)


def test_the_peer_trains_the_networks_of_the_thesis(peer, python, scripts):
    arguments = ("--batch", 2, "--threads", 1)
    with peer.Peer(python, scripts / "peers" / "train_step.py", *arguments) as process:
        assert process.properties["parameters"] == THESIS_PARAMETERS
        assert process.run()["seconds"] > 0.0


def test_the_peer_reads_the_same_samples_as_the_project(peer, python, scripts, pairs):
    arguments = (pairs, "--batch", 24, "--size", 32, "--threads", 1)
    with peer.Peer(python, scripts / "peers" / "input_pipeline.py", *arguments) as process:
        assert process.properties["samples"] == 24
        passes = [process.run("0"), process.run("2")]

    batch = next(iter(read(pairs)))
    for result in passes:
        assert result["images"] == 24
        assert result["mean"] == pytest.approx(float(batch["image"].numpy().mean()), abs=1e-5)


def read(root):
    """Return the train split as one batch."""
    from coverzoo.corpus.batches import ordered_batches
    from coverzoo.corpus.layout import read_split

    listing = read_split(root, "train", audio=True)
    return ordered_batches(
        listing.samples, listing.genres, image_size=32, batch_size=24, audio=True
    )
