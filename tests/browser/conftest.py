"""Exported pages in headless Chromium, driven once each by drive.cjs."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coverzoo import zoo
from coverzoo.export import litertjs
from coverzoo.export.cli import main as zoo_export

DRIVER = Path(__file__).with_name("drive.cjs")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SCREENSHOTS = "COVERZOO_SCREENSHOTS"  # a folder that keeps the screenshots

NOISE_CASES = [  # seed, index, dim, truncation
    *([seed, 3, 100, None] for seed in (0, 1, -1, 2**31, 2**40, 2**63 - 1, 2**64 - 1, -(2**63))),
    *([7, index, 100, truncation] for index in (0, 2**32 - 1) for truncation in (0.2, 0.7, 2.5)),
    [5, 0, 20, 1e-6],
]


@dataclass
class Visit:
    """The results of a visit to a page.

    Attributes:
        model: Keras model of the run.
        folder: Folder of the exported page.
        out: Folder with screenshots and saved pictures.
        task: The driver's task.
        results: The driver's results.
    """

    model: Any
    folder: Path
    out: Path
    task: dict[str, Any]
    results: dict[str, Any]


@pytest.fixture(scope="session")
def chromium():
    """Path of Chromium; the test skips without it, Node.js or playwright-core."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("needs Chromium: none on the PATH, and CHROMIUM is not set")
    if shutil.which("node") is None:
        pytest.skip("needs Node.js: no node on the PATH")
    found_playwright = subprocess.run(
        ["node", "-e", "require('playwright-core')"], capture_output=True, cwd="/", check=False
    )
    if found_playwright.returncode != 0:
        pytest.skip("needs playwright-core on NODE_PATH; `tox -e browser` installs it")
    if not os.environ.get(litertjs.FOLDER_VARIABLE) and shutil.which("npm") is None:
        pytest.skip("needs npm, which fetches LiteRT.js")
    return found


@pytest.fixture(scope="session")
def visit(chromium, call, tmp_path_factory):
    """Export a run, visit its page with a task, and return the `Visit`."""

    def visit(run, data, **task):
        out = tmp_path_factory.mktemp("visit")
        exported = out / "exported"
        result = call(zoo_export, run, "--out", exported, "--data", data, "--format", "web")
        assert result.exit_code == 0, result.output
        task = {
            "chromium": chromium,
            "noise": [_with_text_seed(*each) for each in NOISE_CASES],
            **task,
        }
        (out / "task.json").write_text(json.dumps(task))
        done = subprocess.run(
            ["node", DRIVER, exported / "web", out / "task.json", out],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        _keep_screenshots(out, run)
        assert done.returncode == 0, done.stderr
        results = json.loads((out / "results.json").read_text())
        return Visit(zoo.load(run), exported / "web", out, task, results)

    return visit


@pytest.fixture(scope="session")
def audio_page(visit, trained, pairs, tmp_path_factory):
    """A visit to the page of a model conditioned on audio."""
    folder = tmp_path_factory.mktemp("files")
    track = np.random.default_rng(0).lognormal(size=1160)
    bad = track.copy()
    bad[3] = np.nan
    content = {
        "whole.npy": track.astype(">f8"),
        "single.npy": track.astype(np.float32),
        "short.npy": track[:7],
        "nan.npy": bad,
        "large.npy": track * 1e40,
        "whole-numbers.npy": np.arange(1160),
        "grid.npy": track.reshape(2, 580),
    }
    for name, values in content.items():
        np.save(folder / name, values)
    (folder / "cut.npy").write_bytes((folder / "whole.npy").read_bytes()[:5000])
    (folder / "text.npy").write_text("not a vector")
    (folder / "empty.npy").write_text("")
    (folder / "no.json").write_text("{")
    (folder / "other.json").write_text("{}")
    (folder / "song.mp3").write_text("music")
    (folder / "document.json").write_text(json.dumps(_document()))
    audio = track.astype(np.float32).tolist()
    sample = [
        {"seed": "5", "count": 6, "audio": audio, "strength": 1.3, "truncation": 0.8},
        {"seed": "-3", "count": 2, "audio": audio, "strength": 0.0},
        {"seed": str(2**40), "count": 5},
    ]
    files = [str(path) for path in sorted(folder.iterdir())]
    document = (folder / "document.json").read_text()
    return visit(trained, pairs, sample=sample, files=files, document=document)


@pytest.fixture(scope="session")
def plain_page(visit, train, pairs, tmp_path_factory):
    """A visit to the page of a model without audio."""
    run = tmp_path_factory.mktemp("without-audio") / "run"
    result = train("--data", pairs, "--steps", 3, "--no-evaluate", "--out", run)
    assert result.exit_code == 0, result.output
    return visit(run, pairs, sample=[{"seed": "1", "count": 3}])


def _with_text_seed(seed, *rest):
    """The case with its seed as text: numbers of JSON are exact up to 2⁵³ in a browser."""
    return [str(seed), *rest]


def _document():
    """A low-level document with lists, matrices and names that the schema lacks."""
    from coverzoo.corpus import schema

    rng = np.random.default_rng(1)
    made: dict[str, Any] = {section: {"unknown": "text"} for section in schema.SECTIONS}
    names = set(schema.names())
    for name in schema.names():
        path, _, last = name.rpartition(".")
        if last == "std" and f"{path}.mean" in names:
            continue
        value: Any = float(rng.normal())
        if last == "mean" and f"{path}.std" in names:
            name, value = path, rng.normal(size=(3, 4)).tolist()
        section, descriptor, *statistic = name.split(".")
        if statistic:
            made[section].setdefault(descriptor, {})[statistic[0]] = value
        else:
            made[section][descriptor] = value
    return made


def _keep_screenshots(out, run):
    kept = os.environ.get(SCREENSHOTS)
    if kept:
        folder = Path(kept) / run.parent.name
        folder.mkdir(parents=True, exist_ok=True)
        for file in out.glob("*.png"):
            shutil.copy(file, folder)
