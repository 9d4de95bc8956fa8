"""Unusable samples are rejected and listed; training uses the others."""

import errno
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from coverzoo.errors import UserError
from coverzoo.training.data import open_data

pytestmark = pytest.mark.usefixtures("eager")


@pytest.fixture
def damaged(pairs, tmp_path):
    """A copy of the pairs with one unusable train sample of each kind, and the reasons."""
    root = shutil.copytree(pairs, tmp_path / "data")
    covers = sorted((root / "audio-cover_dataset" / "cover" / "train").rglob("*.jpg"))

    def vector(cover):
        parts = ["audio" if part == "cover" else part for part in cover.with_suffix(".npy").parts]
        return cover.with_name("x").joinpath(*parts)

    def save(value):
        return lambda cover: np.save(vector(cover), value)

    damages = {
        "cover without its vector": lambda cover: vector(cover).unlink(),
        "vector without its cover": lambda cover: cover.unlink(),
        "damaged image": lambda cover: cover.write_bytes(cover.read_bytes()[:400]),
        "not an image": lambda cover: cover.write_text("a cover"),
        "has shape (1159,)": save(np.ones(1159)),
        "not a finite number": save(np.where(np.arange(1160) == 7, np.nan, 1.0)),
        "holds Python objects": save(np.array([{}] * 1160, dtype=object)),
    }
    for damage, cover in zip(damages.values(), covers, strict=False):
        damage(cover)
    (covers[-1].parent / "notes.txt").write_text("read me")
    val = next((root / "audio-cover_dataset" / "cover" / "val").rglob("*.jpg"))
    val.write_bytes(b"")
    return root, [*damages, "not a .jpeg or .jpg file", "empty file"]


def test_training_uses_the_other_samples(train, damaged, tmp_path):
    root, reasons = damaged
    out = tmp_path / "run"

    result = train("--data", root, "--audio", "--steps", 1, "--no-evaluate", "--out", out)

    assert result.exit_code == 0, result.output
    config = json.loads((out / "config.json").read_text())
    rejected = config["corpus"]["rejected"]
    assert len(rejected) == len(reasons)
    for reason in reasons:
        assert sum(reason in line for line in rejected) == 1, reason
    assert config["corpus"]["train_samples"] == 24 - 7
    lines = [line for line in result.stderr.splitlines() if "rejected" in line]
    assert len(lines) == 1
    assert lines[0].startswith(f"{len(reasons)} files rejected, the first {rejected[0]}.")


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_a_split_without_usable_samples_is_refused(train, pairs, tmp_path, split):
    root = shutil.copytree(pairs, tmp_path / "data")
    for cover in (root / "audio-cover_dataset" / "cover" / split).rglob("*.jpg"):
        cover.write_text("a cover")

    result = train("--data", root, "--audio", "--steps", 1, "--out", tmp_path / "run")

    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert "files of the split were rejected, the first audio-cover_dataset/cover/" in line
    assert not (tmp_path / "run").exists()


def test_a_split_that_cannot_be_read_is_not_left_out(pairs, monkeypatch):
    scandir = os.scandir

    def refuse(folder):
        if Path(folder).name == "val":
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refuse)

    with pytest.raises(UserError, match=r"cover/val: cannot be read: Permission denied"):
        open_data(pairs, audio=True)


def test_only_train_must_exist(pairs, tmp_path):
    root = shutil.copytree(pairs, tmp_path / "data")
    shutil.rmtree(root / "audio-cover_dataset" / "audio" / "test")
    shutil.rmtree(root / "audio-cover_dataset" / "cover" / "val")

    data = open_data(root, audio=True)

    assert list(data.listings) == ["train"]
    with pytest.raises(UserError, match=r"audio/test does not exist; --audio needs"):
        data.split("test")
    assert list(open_data(root, audio=False).listings) == ["train", "test"]
