"""`zoo-export`: what it refuses, in one line, with nothing published."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import tensorflow as tf

from coverzoo.errors import UserError
from coverzoo.export import exporter as writing
from coverzoo.export import saved_model, tflite
from coverzoo.export.cli import main as zoo_export
from coverzoo.export.signatures import Signature


@pytest.fixture
def refused(call, tmp_path):
    """Run a call that must be refused; gives its line."""

    def refused(*arguments, status=1):
        result = call(zoo_export, *arguments)
        assert result.exit_code == status, result.output
        line = result.stderr.splitlines()[-1]
        assert line.startswith("Error: ")
        return line

    return refused


def nothing_in(out):
    return not out.exists() or not any(out.iterdir())


def test_a_folder_that_is_no_run(refused, tmp_path):
    line = refused(tmp_path, "--out", tmp_path / "out")

    assert line == (
        f"Error: {tmp_path}: no run there (no config.json). Give the directory zoo-train wrote."
    )
    assert nothing_in(tmp_path / "out")


def test_a_run_without_a_model_yet(refused, used, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    config = {"model": "gan", "audio": False, "preset": "small", "seed": 0}
    (run / "config.json").write_text(json.dumps(config))

    line = refused(run, "--out", tmp_path / "out")

    assert f"{run / 'model.keras'}: not there yet." in line
    assert "zoo-train --resume" in line


@pytest.mark.parametrize("missing", ["model", "audio", "preset", "seed"])
def test_a_config_that_zoo_train_did_not_write(refused, source, tmp_path, missing):
    run = source("gan").run.path
    broken = tmp_path / "run"
    broken.mkdir()
    config = json.loads((run / "config.json").read_text())
    (broken / "config.json").write_text(json.dumps({**config, missing: None}))
    (broken / "model.keras").write_bytes((run / "model.keras").read_bytes())
    del config[missing]
    (broken / "config.json").write_text(json.dumps(config))

    line = refused(broken, "--out", tmp_path / "out")

    assert f"{broken / 'config.json'}: cannot be read: it has no '{missing}'" in line


def test_a_corrupt_model(refused, source, tmp_path):
    run = source("gan").run.path
    broken = tmp_path / "run"
    broken.mkdir()
    (broken / "config.json").write_text((run / "config.json").read_text())
    (broken / "model.keras").write_bytes((run / "model.keras").read_bytes()[:1000])

    line = refused(broken, "--out", tmp_path / "out")

    assert f"{broken / 'model.keras'}: cannot be read: no whole .keras file" in line


def test_a_model_with_changed_bytes(refused, source, tmp_path):
    run = source("gan").run.path
    broken = tmp_path / "run"
    broken.mkdir()
    (broken / "config.json").write_text((run / "config.json").read_text())
    content = bytearray((run / "model.keras").read_bytes())
    middle = len(content) // 2
    content[middle : middle + 2000] = bytes(2000)
    (broken / "model.keras").write_bytes(content)

    line = refused(broken, "--out", tmp_path / "out")

    assert f"{broken / 'model.keras'}: cannot be read: " in line
    assert nothing_in(tmp_path / "out")


def test_a_folder_of_another_model(source, tmp_path):
    out = tmp_path / "out"
    writing.export(source("gan"), out, ("tflite",), print)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.name != ".lock"}

    with pytest.raises(UserError, match="holds artefacts of gan, not of vae"):
        writing.export(source("vae"), out, ("tflite",), print)

    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_one_export_at_a_time(source, tmp_path):
    exported, out = source("gan"), tmp_path / "out"

    def meanwhile(line):
        with pytest.raises(UserError, match="another export is writing there"):
            writing.export(exported, out, ("tflite",), print)

    told = writing.export(exported, out, ("tflite",), meanwhile)

    for file in told["tflite"]["files"]:
        assert (out / file["path"]).stat().st_size == file["bytes"]


def test_a_version_that_is_taken(refused, source, tmp_path):
    run, out = source("gan").run.path, tmp_path / "out"
    (out / "saved_model" / "3").mkdir(parents=True)

    taken = refused(run, "--out", out, "--version", 3)
    idle = refused(run, "--out", out, "--version", 4, "--format", "tflite", status=2)

    assert f"--version 3: {out / 'saved_model' / '3'} is there already" in taken
    assert "--version: it is the SavedModel's" in idle


def test_a_manifest_that_cannot_be_written_publishes_nothing(source, tmp_path, monkeypatch):
    from coverzoo.export import manifest

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(manifest, "write", full)
    out = tmp_path / "out"

    with pytest.raises(OSError, match="No space left on device") as failure:
        writing.export(source("gan"), out, ("saved_model", "tflite"), print)

    assert failure.value.filename == str(out)
    assert nothing_in(out)


def test_data_that_is_gone(refused, source, tmp_path):
    run = source("gan", True).run.path
    config = json.loads((run / "config.json").read_text())
    (run / "config.json").write_text(json.dumps(config | {"corpus": {"root": "/gone"}}))

    line = refused(run, "--out", tmp_path / "out")

    assert "/gone" in line
    assert "--data ROOT" in line
    assert nothing_in(tmp_path / "out")


def test_an_out_that_is_a_file(call, source, tmp_path):
    (tmp_path / "out").write_text("mine")

    result = call(zoo_export, source("gan").run.path, "--out", tmp_path / "out")

    assert result.exit_code == 2
    assert "is a file" in result.stderr
    assert (tmp_path / "out").read_text() == "mine"


def test_a_full_disk_leaves_nothing_where_a_server_looks(refused, source, tmp_path, monkeypatch):
    def full(model, signatures, folder):
        folder.mkdir()
        (folder / "saved_model.pb").write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device", str(folder / "variables"))

    monkeypatch.setattr(saved_model, "write", full)
    out = tmp_path / "out"

    line = refused(source("gan").run.path, "--out", out, "--format", "saved-model")

    assert line.endswith("No space left on device")
    assert nothing_in(out)


def test_so_does_a_disk_on_which_tensorflow_finds_no_place(source, tmp_path):
    # A limit of the process on the size of a file stands in for a full disk: TensorFlow fails at
    # the same place, in the same way.
    limited = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096));"
        "from export.artefacts.cli import main; main()"
    )
    out, run = tmp_path / "out", source("gan").run.path
    done = subprocess.run(
        [sys.executable, "-c", limited, run, "--out", out, "--format", "saved-model"],
        cwd=Path(__file__).parents[3],
        # Python would keep compiled modules that the limit cuts off.
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith("saved_model: cannot be written: File too large")
    assert "Traceback" not in done.stderr
    assert nothing_in(out)


def test_an_artefact_too_far_from_the_model_is_not_published(source, tmp_path, monkeypatch):
    monkeypatch.setattr(
        tflite.Interpreter, "run", lambda self, name, inputs: {"image": inputs["image"]}
    )
    exported = source("ae-resize")
    monkeypatch.setattr(
        tflite,
        "signatures",
        lambda model, sizes=None: {"reconstruct_1": tflite.core(model, 1)["reconstruct"]},
    )

    with pytest.raises(UserError, match="not exported, too far from the model: reconstruct_1"):
        writing.export(exported, tmp_path / "out", ("tflite",), print)
    assert nothing_in(tmp_path / "out")


def test_pixels_that_are_not_those_of_the_cover_are_not_published(source, tmp_path, monkeypatch):
    from coverzoo.export import signatures

    monkeypatch.setattr(signatures, "to_bytes", lambda image: tf.zeros_like(image, tf.uint8))

    with pytest.raises(UserError, match="not exported: sample_seeded gives other pixels"):
        writing.export(source("gan"), tmp_path / "out", ("saved_model",), print)
    assert nothing_in(tmp_path / "out")


def test_an_operation_that_is_no_builtin(source, monkeypatch):
    def noisy(model, sizes):
        spec = tf.TensorSpec((1, 4), name="z")
        return {
            "sample_1": Signature(
                {"z": spec},
                lambda z: {"image": z + tf.random.stateless_normal((1, 4), seed=(0, 1))},
            )
        }

    monkeypatch.setattr(tflite, "signatures", noisy)

    with pytest.raises(UserError, match="StatelessRandomNormal") as refusal:
        tflite.convert(source("gan").model)
    assert str(refusal.value).startswith("no TFLite file: ")
    assert "\n" not in str(refusal.value)
