"""What a device must not be asked for: TensorFlow, memory, time, words on the terminal."""

import sys
import time

import numpy as np
import pytest

# What was imported, and what was resident at most, of a run of the command. The kernel's own
# count: getrusage of a child that was forked begins with what its parent had.
IMPORTED = """
import sys
from coverzoo_device.cli import main
main()
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""
RESIDENT = """
from coverzoo_device.cli import main
main()
status = open("/proc/self/status").read()
print(status.split("VmHWM:")[1].split()[0])
"""
CLOSED = """
import os
os.close(2)
from coverzoo_device.cli import main
main()
"""
FAILING = """
import os
from coverzoo_device.sampler import _quiet
try:
    with _quiet():
        os.write(2, b"what went wrong")
        raise ValueError
except ValueError:
    pass
with _quiet():
    os.write(2, b"chatter")
"""


def test_neither_tensorflow_nor_the_project_is_imported(python, file, track, tmp_path):
    done = python(IMPORTED, file, "--audio", track, "--count", 5, "--out", tmp_path / "c.png")

    assert done.returncode == 0, done.stderr
    imported = set(done.stdout.splitlines()[-1].split())
    assert {"coverzoo_device", "ai_edge_litert", "numpy"} <= imported
    barred = {"tensorflow", "keras", "PIL", "corpus", "zoo", "export", "training", "essentia"}
    assert imported & barred == set()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_stays_below_150_mb(python, file, track, tmp_path):
    done = python(RESIDENT, file, "--audio", track, "--count", 64, "--out", tmp_path / "c.png")

    assert done.returncode == 0, done.stderr
    assert int(done.stdout.splitlines()[-1]) * 1024 < 150e6  # kB there are 1024 bytes


def test_a_cover_is_there_soon(command, file, track, tmp_path):
    took = []
    for _ in range(3):
        start = time.perf_counter()
        assert command(file, "--audio", track, "--out", tmp_path / "c.png").returncode == 0
        took.append(time.perf_counter() - start)

    # Half a second on two idle cores (docs/device.md); a busy machine may take far longer, and
    # TensorFlow alone takes more than this to import.
    assert min(took) < 3.0, took


def test_a_closed_standard_error_does_no_harm(python, file, tmp_path):
    done = python(CLOSED, file, "--out", tmp_path / "c.png")

    assert done.returncode == 0
    assert (tmp_path / "c.png").is_file()


def test_what_litert_says_is_shown_only_if_it_fails(python):
    done = python(FAILING)

    assert (done.returncode, done.stderr) == (0, "what went wrong")


def test_covers_of_many_are_those_of_one(python, file, track, tmp_path):
    """In one process or two, early or late in a batch: float32 rounds alike."""
    for count in (1, 6):
        out = tmp_path / f"{count}.npy"
        code = (
            "import sys, numpy as np; from pathlib import Path;"
            "from coverzoo_device import Painter, load_track;"
            "model, track, out, count = sys.argv[1:];"
            "painter = Painter(Path(model));"
            "covers = painter.paint(load_track(Path(track)), seed=2, count=int(count));"
            "np.save(out, covers)"
        )
        done = python(code, file, track, out, count)
        assert (done.returncode, done.stderr) == (0, "")

    one, many = (np.load(tmp_path / f"{count}.npy") for count in (1, 6))
    np.testing.assert_allclose(one[0], many[0], atol=1e-6)
