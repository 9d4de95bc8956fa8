"""Without the extra `export` only the float16 and int8 TFLite files are missing."""

import json
import sys

import pytest

from coverzoo.errors import UserError, install_command
from coverzoo.export import manifest as manifests
from coverzoo.export import tflite
from coverzoo.export.cli import main as zoo_export
from coverzoo.export.exporter import write_artefacts


@pytest.fixture
def no_quantizer(monkeypatch):
    """Make the import of ai-edge-quantizer fail, and hide its metadata."""

    def version(package):
        if package == "ai-edge-quantizer":
            raise manifests.PackageNotFoundError(package)
        return installed(package)

    installed = manifests.version
    monkeypatch.setattr(manifests, "version", version)
    for name in [*sys.modules, "ai_edge_quantizer"]:
        if name.partition(".")[0] == "ai_edge_quantizer":
            monkeypatch.setitem(sys.modules, name, None)


def test_the_savedmodel_and_float32_are_written_and_one_line_names_the_extra(
    call, source, tmp_path, no_quantizer
):
    out = tmp_path / "out"

    result = call(zoo_export, source("gan").run.path, "--out", out)

    assert result.exit_code == 0, result.output
    assert result.stderr.splitlines() == [
        "tflite: only float32 is written; float16 and int8 need ai-edge-quantizer. "
        f"Install it with: {install_command('export')}"
    ]
    assert (out / "saved_model" / "1" / "saved_model.pb").is_file()
    assert sorted(file.name for file in (out / "tflite").iterdir()) == [
        "gan-float32.tflite",
        "gan.json",
    ]
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["tflite"]["weights"] == ["float32"]
    assert set(manifest["tflite"]["parity"]) == {"float32"}
    assert manifest["tflite"]["versions"]["ai-edge-quantizer"] is None
    metadata = json.loads((out / "tflite" / "gan.json").read_text())
    assert set(metadata["files"]) == set(metadata["sha256"]) == {"float32"}


def test_files_of_an_earlier_export_that_are_not_written_again_are_removed(
    source, tmp_path, no_quantizer
):
    folder = tmp_path / "out" / "tflite"
    folder.mkdir(parents=True)
    for name in ("gan-float16.tflite", "gan-int8.tflite", "gan-audio-int8.tflite", "notes.txt"):
        (folder / name).write_text("of an earlier export")

    write_artefacts(source("gan"), tmp_path / "out", ("tflite",))

    assert sorted(file.name for file in folder.iterdir()) == [
        "gan-audio-int8.tflite",
        "gan-float32.tflite",
        "gan.json",
        "notes.txt",
    ]


def test_quantising_a_file_names_the_install_command(no_quantizer):
    for quantise in (tflite.with_float16_weights, tflite.with_int8_weights):
        with pytest.raises(UserError, match="float16 and int8 need ai-edge-quantizer") as refusal:
            quantise(b"")
        assert str(refusal.value).endswith(install_command("export"))
