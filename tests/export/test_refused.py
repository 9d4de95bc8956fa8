"""`zoo-export`: errors of one line that publish nothing."""

import errno
import json
import os
import subprocess
import sys

import pytest
import tensorflow as tf

from coverzoo.errors import UserError
from coverzoo.export import saved_model, tflite
from coverzoo.export.cli import main as zoo_export
from coverzoo.export.exporter import write_artefacts
from coverzoo.export.signatures import Signature
from coverzoo.training.run import Run


@pytest.fixture
def refused(call, tmp_path):
    """Run `zoo-export`, which must fail, and return its line of error."""

    def refused(*arguments, status=1):
        result = call(zoo_export, *arguments)
        assert result.exit_code == status, result.output
        line = result.stderr.splitlines()[-1]
        assert line.startswith("Error: ")
        return line

    return refused


def is_absent_or_empty(out):
    return not out.exists() or not any(out.iterdir())


def listing(out):
    """Every file and folder below a folder but its lock, with the time of its last change."""
    return {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.name != ".lock"}


def test_a_folder_that_is_no_run_is_refused(refused, tmp_path):
    line = refused(tmp_path, "--out", tmp_path / "out")

    assert line == (
        f"Error: {tmp_path}: no run there (no config.json). Give the directory zoo-train wrote."
    )
    assert is_absent_or_empty(tmp_path / "out")


def test_a_run_without_a_model_is_refused(refused, used, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    config = {"model": "gan", "audio": False, "preset": "small", "seed": 0}
    (run / "config.json").write_text(json.dumps(config))

    line = refused(run, "--out", tmp_path / "out")

    assert f"{run / 'model.keras'}: not there yet." in line
    assert "zoo-train --resume" in line


@pytest.mark.parametrize("missing", ["model", "audio", "preset", "seed"])
def test_a_config_that_lacks_a_key_is_refused(refused, source, tmp_path, missing):
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


def test_a_truncated_model_is_refused(refused, source, tmp_path):
    run = source("gan").run.path
    broken = tmp_path / "run"
    broken.mkdir()
    (broken / "config.json").write_text((run / "config.json").read_text())
    (broken / "model.keras").write_bytes((run / "model.keras").read_bytes()[:1000])

    line = refused(broken, "--out", tmp_path / "out")

    assert f"{broken / 'model.keras'}: cannot be read: no whole .keras file" in line


def test_a_model_with_changed_bytes_is_refused(refused, source, tmp_path):
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
    assert is_absent_or_empty(tmp_path / "out")


def test_a_folder_of_another_model_is_refused(source, tmp_path):
    out = tmp_path / "out"
    write_artefacts(source("ae-transpose"), out, ("tflite",), print)
    before = listing(out)

    with pytest.raises(UserError, match="holds artefacts of ae-transpose, not of vae"):
        write_artefacts(source("vae"), out, ("tflite",), print)

    assert listing(out) == before


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"name": "vae", "tfl', "Unterminated string"),
        ("", "Expecting value"),
        ("[]", "zoo-export did not write it"),
        ("{}", "zoo-export did not write it"),
        (None, "Is a directory"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_refused(refused, source, tmp_path, content, reason):
    out = tmp_path / "out"
    file = out / "manifest.json"
    if content is None:
        file.mkdir(parents=True)
    else:
        out.mkdir()
        file.write_text(content)
    before = listing(out)

    line = refused(source("gan").run.path, "--out", out, "--format", "tflite")

    assert line.startswith(f"Error: {file}: cannot be read: {reason}")
    assert line.endswith(". Restore or delete it, or give another --out.")
    assert listing(out) == before


def test_a_model_that_changes_whenever_it_is_loaded_is_refused(
    refused, source, tmp_path, monkeypatch
):
    run, load = source("gan").run, Run.model

    def replaced(self):
        model = load(self)
        self.model_file.write_bytes(self.model_file.read_bytes() + b"\0")
        return model

    monkeypatch.setattr(Run, "model", replaced)

    line = refused(run.path, "--out", tmp_path / "out")

    assert line == (
        f"Error: {run.model_file}: changed while it was loaded, 5 times. "
        "Wait until its training has ended."
    )
    assert is_absent_or_empty(tmp_path / "out")


def test_a_second_export_at_the_same_time_is_refused(source, tmp_path):
    exported, out = source("ae-transpose"), tmp_path / "out"

    def meanwhile(line):
        with pytest.raises(UserError, match="another export is writing there"):
            write_artefacts(exported, out, ("tflite",), print)

    manifest = write_artefacts(exported, out, ("tflite",), meanwhile)

    for file in manifest["tflite"]["files"]:
        assert (out / file["path"]).stat().st_size == file["bytes"]


def test_a_version_that_exists_or_has_no_effect_is_refused(refused, source, tmp_path):
    run, out = source("gan").run.path, tmp_path / "out"
    (out / "saved_model" / "3").mkdir(parents=True)

    existing = refused(run, "--out", out, "--version", 3)
    without_effect = refused(run, "--out", out, "--version", 4, "--format", "tflite", status=2)

    assert f"--version 3: {out / 'saved_model' / '3'} exists already" in existing
    assert "--version: it numbers a SavedModel. Add the format" in without_effect


def test_a_manifest_that_cannot_be_written_publishes_nothing(source, tmp_path, monkeypatch):
    from coverzoo.export import manifest

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(manifest, "write", full)
    out = tmp_path / "out"

    with pytest.raises(OSError, match="No space left on device") as failure:
        write_artefacts(source("ae-transpose"), out, ("saved_model", "tflite"), print)

    assert failure.value.filename == str(out)
    assert is_absent_or_empty(out)


def test_missing_data_is_refused(refused, source, tmp_path):
    run = source("gan", True).run.path
    config = json.loads((run / "config.json").read_text())
    (run / "config.json").write_text(json.dumps(config | {"corpus": {"root": "/gone"}}))

    line = refused(run, "--out", tmp_path / "out")

    assert "/gone" in line
    assert "--data ROOT" in line
    assert is_absent_or_empty(tmp_path / "out")


def test_an_out_that_is_a_file_is_refused(call, source, tmp_path):
    (tmp_path / "out").write_text("mine")

    result = call(zoo_export, source("gan").run.path, "--out", tmp_path / "out")

    assert result.exit_code == 2
    assert "is a file" in result.stderr
    assert (tmp_path / "out").read_text() == "mine"


def test_a_full_disk_leaves_nothing_in_the_folder_of_a_server(
    refused, source, tmp_path, monkeypatch
):
    def full(model, signatures, folder):
        folder.mkdir()
        (folder / "saved_model.pb").write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device", str(folder / "variables"))

    monkeypatch.setattr(saved_model, "write", full)
    out = tmp_path / "out"

    line = refused(source("gan").run.path, "--out", out, "--format", "saved-model")

    assert line.endswith("No space left on device")
    assert is_absent_or_empty(out)


def test_a_disk_that_tensorflow_cannot_write_leaves_nothing(source, tmp_path):
    # A limit on the size of a file stands in for a full disk: TensorFlow fails in the same way.
    limited = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096));"
        "from coverzoo.export.cli import main; main()"
    )
    out, run = tmp_path / "out", source("gan").run.path
    done = subprocess.run(
        [sys.executable, "-c", limited, run, "--out", out, "--format", "saved-model"],
        cwd=tmp_path,
        # Python would keep compiled modules that the limit truncates.
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith("saved_model: cannot be written: File too large")
    assert "Traceback" not in done.stderr
    assert is_absent_or_empty(out)


def test_an_artefact_that_differs_too_much_is_not_published(source, tmp_path, monkeypatch):
    monkeypatch.setattr(
        tflite.Interpreter, "run", lambda self, name, inputs: {"image": inputs["image"]}
    )
    exported = source("ae-resize")
    monkeypatch.setattr(
        tflite,
        "signatures",
        lambda model, sizes=None: {
            "reconstruct_1": tflite.float_signatures(model, 1)["reconstruct"]
        },
    )

    with pytest.raises(UserError, match="not exported, too far from the model: reconstruct_1"):
        write_artefacts(exported, tmp_path / "out", ("tflite",), print)
    assert is_absent_or_empty(tmp_path / "out")


def test_pixels_that_differ_from_the_cover_are_not_published(source, tmp_path, monkeypatch):
    from coverzoo.export import signatures

    monkeypatch.setattr(signatures, "to_bytes", lambda image: tf.zeros_like(image, tf.uint8))

    with pytest.raises(UserError, match="not exported: sample_seeded returns other pixels"):
        write_artefacts(source("gan"), tmp_path / "out", ("saved_model",), print)
    assert is_absent_or_empty(tmp_path / "out")


def test_an_operation_that_is_not_built_in_is_refused(source, monkeypatch):
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
