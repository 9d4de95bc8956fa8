"""The limits of a device: no TensorFlow, little memory and time, no output of LiteRT."""

import sys
import time

import numpy as np
import pytest

# The imported packages and the peak of resident memory of a run of the command. The peak is the
# kernel's, because getrusage of a forked child starts with its parent's memory.
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
        os.write(2, b"the reason")
        raise ValueError
except ValueError:
    pass
with _quiet():
    os.write(2, b"a note")
"""


def test_neither_tensorflow_nor_the_project_is_imported(python, file, track, tmp_path):
    done = python(IMPORTED, file, "--audio", track, "--count", 5, "--out", tmp_path / "c.png")

    assert done.returncode == 0, done.stderr
    imported = set(done.stdout.splitlines()[-1].split())
    assert {"coverzoo_device", "ai_edge_litert", "numpy"} <= imported
    barred = {"tensorflow", "keras", "PIL", "coverzoo", "essentia"}
    assert imported & barred == set()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_stays_below_150_mb(python, file, track, tmp_path):
    done = python(RESIDENT, file, "--audio", track, "--count", 64, "--out", tmp_path / "c.png")

    assert done.returncode == 0, done.stderr
    assert int(done.stdout.splitlines()[-1]) * 1024 < 150e6  # kB there are 1024 bytes


def test_a_cover_takes_little_time(command, file, track, tmp_path):
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        assert command(file, "--audio", track, "--out", tmp_path / "c.png").returncode == 0
        seconds.append(time.perf_counter() - start)

    # Half a second on two idle cores; a busy machine may take far longer, and importing TensorFlow
    # alone takes more than this.
    assert min(seconds) < 3.0, seconds


def test_a_closed_standard_error_is_accepted(python, file, tmp_path):
    done = python(CLOSED, file, "--out", tmp_path / "c.png")

    assert done.returncode == 0
    assert (tmp_path / "c.png").is_file()


def test_the_output_of_litert_is_shown_only_if_it_fails(python):
    done = python(FAILING)

    assert (done.returncode, done.stderr) == (0, "the reason")


def test_the_first_of_many_covers_is_the_single_cover(python, file, track, tmp_path):
    """In another process and another place of a batch, up to rounding."""
    for count in (1, 6):
        out = tmp_path / f"{count}.npy"
        code = (
            "import sys, numpy as np; from pathlib import Path;"
            "from coverzoo_device import Sampler, load_track;"
            "model, track, out, count = sys.argv[1:];"
            "sampler = Sampler(Path(model));"
            "covers = sampler.sample(load_track(Path(track)), seed=2, count=int(count));"
            "np.save(out, covers)"
        )
        done = python(code, file, track, out, count)
        assert (done.returncode, done.stderr) == (0, "")

    one, many = (np.load(tmp_path / f"{count}.npy") for count in (1, 6))
    np.testing.assert_allclose(one[0], many[0], atol=1e-6)
