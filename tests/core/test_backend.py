import os
import platform
import shlex
import subprocess
import sys

import pytest

from coverzoo import backend, zoo
from coverzoo.errors import UserError


@pytest.mark.parametrize("name", ["jax", "torch", "TensorFlow"])
def test_another_backend_is_refused_with_the_remedy(monkeypatch, name):
    monkeypatch.setenv("KERAS_BACKEND", name)

    for call in (backend.check, backend.start):
        with pytest.raises(UserError, match=f"^KERAS_BACKEND={name}: .* set it to tensorflow"):
            call()


@pytest.mark.parametrize("name", [None, "tensorflow"])
def test_tensorflow_is_accepted_named_or_not(monkeypatch, name):
    if name is None:
        monkeypatch.delenv("KERAS_BACKEND", raising=False)
    else:
        monkeypatch.setenv("KERAS_BACKEND", name)

    backend.check()
    backend.start()


def test_a_model_is_not_loaded_under_another_backend(monkeypatch, tmp_path):
    (tmp_path / "model.keras").touch()
    monkeypatch.setenv("KERAS_BACKEND", "jax")

    with pytest.raises(UserError, match=r"^KERAS_BACKEND=jax"):
        zoo.load(tmp_path)


def python(code, **variables):
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
        check=False,
    )


def test_another_backend_is_refused_before_anything_heavy_is_imported():
    code = "import atexit, sys; atexit.register(lambda: print(*sys.modules))"

    run = python(f"{code}; from coverzoo import backend; backend.start()", KERAS_BACKEND="jax")

    assert run.returncode == 1
    assert "KERAS_BACKEND=jax" in run.stderr
    assert not {"tensorflow", "keras"} & set(run.stdout.split())


def test_starting_says_nothing_and_leaves_standard_error_working():
    run = python(
        "import sys\nfrom coverzoo import backend\nbackend.start()\nprint('here', file=sys.stderr)"
    )

    assert run.returncode == 0
    assert run.stdout == ""
    assert run.stderr == "here\n"


@pytest.mark.skipif(
    platform.machine().lower() not in ("x86_64", "amd64"), reason="oneDNN is for x86-64"
)
@pytest.mark.parametrize(
    ("variables", "used"), [({}, True), ({"TF_ENABLE_ONEDNN_OPTS": "0"}, False)]
)
def test_convolutions_are_onednns_unless_the_user_disables_it(monkeypatch, variables, used):
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    code = (
        "from coverzoo import backend\nbackend.start()\nimport tensorflow as tf\n"
        "tf.nn.conv2d(tf.ones((1, 8, 8, 8)), tf.ones((3, 3, 8, 8)), 1, 'SAME')"
    )

    run = python(code, ONEDNN_VERBOSE="1", **variables)

    assert run.returncode == 0, run.stderr
    assert ("exec,cpu,convolution" in run.stdout) is used


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_starting_works_where_standard_streams_are_closed(closed, tmp_path):
    code = "from coverzoo import backend; backend.start(); open('started', 'w')"

    shell = f"{shlex.quote(sys.executable)} -c {shlex.quote(code)} {closed}"
    subprocess.run(shell, shell=True, check=True, cwd=tmp_path)

    assert (tmp_path / "started").is_file()


QUIET_IN_THREADS = """
import os, threading, time
from coverzoo import backend

before = [os.fstat(1), os.fstat(2)]
start = threading.Barrier(8)

def hide(number):
    start.wait()
    with backend.quiet():
        os.write(1, b"hidden")
        time.sleep(0.01 * number)
        with backend.quiet():  # nested
            os.write(2, b"hidden")

threads = [threading.Thread(target=hide, args=(number,)) for number in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
after = [os.fstat(1), os.fstat(2)]
same = [(a.st_ino, a.st_dev) == (b.st_ino, b.st_dev) for a, b in zip(before, after)]
os.write(2, str(same).encode())
"""


def test_overlapping_quiet_blocks_of_threads_restore_the_descriptors():
    run = python(QUIET_IN_THREADS)

    assert run.returncode == 0, run.stderr
    assert run.stdout == ""
    assert run.stderr == "[True, True]"


QUIET_BLOCK_FAILS = """
import os, threading
from coverzoo import backend

hidden, failed = threading.Event(), threading.Event()

def succeed():
    with backend.quiet():
        os.write(1, b"before the failure ")
        hidden.set()
        failed.wait()

thread = threading.Thread(target=succeed)
thread.start()
hidden.wait()
try:
    with backend.quiet():
        os.write(1, b"of the ")
        with backend.quiet():
            os.write(2, b"failure")
            raise ValueError
except ValueError:
    failed.set()
thread.join()
"""


def test_a_quiet_block_that_fails_shows_its_own_output_once():
    run = python(QUIET_BLOCK_FAILS)

    assert run.returncode == 0, run.stderr
    assert (run.stdout, run.stderr) == ("", "of the failure")
