"""`write_artefacts`: every kind of model as SavedModel and TFLite, within the limits of parity."""

import hashlib
import json
import shutil

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from coverzoo.export import tflite
from coverzoo.export.exporter import Source, write_artefacts
from coverzoo.training.run import Run
from coverzoo.zoo import noise

# One model per network: lsgan and wgan-gp have the network of gan.
OFFERED = {
    "ae-transpose": {"reconstruct"},
    "ae-resize": {"reconstruct", "encode", "decode"},
    "vae": {"sample", "reconstruct", "encode", "decode"},
    "vae-audio": {
        *("sample", "reconstruct", "encode", "decode"),
        *("sample_audio", "reconstruct_audio", "decode_audio"),
    },
    "gan": {"sample"},
    "gan-audio": {"sample", "sample_audio"},
}
FROM_FILES = {"reconstruct", "encode"}
FROM_SEEDS = {"sample": "sample_seeded", "sample_audio": "sample_seeded_audio"}

BOTH = ("saved_model", "tflite")


def warmup_inputs(folder):
    """The names of the inputs in a SavedModel's warm-up requests, by signature."""
    file = folder / "assets.extra" / "tf_serving_warmup_requests"
    requests = [
        prediction_log_pb2.PredictionLog.FromString(record.numpy()).predict_log.request
        for record in tf.data.TFRecordDataset(str(file))
    ]
    return {request.model_spec.signature_name: set(request.inputs) for request in requests}


@pytest.mark.parametrize("name", OFFERED)
def test_every_network_is_exported_and_agrees(source, name, tmp_path):
    audio = name.endswith("-audio")
    exported, out = source(name.removesuffix("-audio"), audio), tmp_path / "out"

    manifest = write_artefacts(exported, out, BOTH)

    assert json.loads((out / "manifest.json").read_text()) == manifest
    assert exported.name == name
    offered = OFFERED[name]
    served = {
        *offered,
        "serving_default",
        *(FROM_SEEDS[name] for name in offered & set(FROM_SEEDS)),
        *(f"{FROM_SEEDS[name]}_png" for name in offered & set(FROM_SEEDS)),
        *(f"{name}_bytes" for name in offered & FROM_FILES),
    }
    assert set(manifest["saved_model"]["signatures"]) == served
    table = manifest["saved_model"]["signatures"]
    assert warmup_inputs(out / "saved_model" / "1") == {
        name: set(table[name]["inputs"]) for name in served - {"serving_default"}
    }
    assert set(manifest["tflite"]["signatures"]) == {
        f"{name}_{n}" for name in offered for n in (1, 4)
    }
    compared = {record["signature"] for record in manifest["saved_model"]["parity"]["float32"]}
    assert compared == served - {"serving_default"}
    assert manifest["tflite"]["weights"] == ["float32", "float16", "int8"]
    assert set(manifest["tflite"]["parity"]) == {"float32", "float16", "int8"}
    for each in manifest["tflite"]["parity"].values():
        assert {record["signature"] for record in each} == set(manifest["tflite"]["signatures"])
        with_audio = {rec["signature"] for rec in each if "audio_std_ratio" in rec}
        assert with_audio == ({"sample_audio_1", "sample_audio_4"} if audio else set())
        measured = {rec["signature"] for rec in each if "typicality_difference" in rec}
        assert measured == {name for name in manifest["tflite"]["signatures"] if "_audio" in name}
    for signature in table.values():
        assert ("typicality" in signature["outputs"]) == ("audio" in signature["inputs"])
    for signature_name, signature in manifest["tflite"]["signatures"].items():
        for tensor in (*signature["inputs"].values(), *signature["outputs"].values()):
            assert tensor["shape"][0] == int(signature_name[-1])
            assert tensor["type"] == "float32"
    for file in (out / "tflite").glob("*.tflite"):  # built-in operations only
        assert not any(kind.startswith("FLEX") for kind in tflite.operations(file.read_bytes()))
    for section in ("saved_model", "tflite"):
        for file in manifest[section]["files"]:
            assert (out / file["path"]).stat().st_size == file["bytes"]
    assert not (out / ".partial").exists()


def test_versions_count_up_and_sections_of_other_formats_are_kept(source, tmp_path):
    exported, out = source("ae-transpose"), tmp_path / "out"
    (out / "saved_model" / "7").mkdir(parents=True)

    write_artefacts(exported, out, ("saved_model",))
    write_artefacts(exported, out, ("tflite",))
    manifest = write_artefacts(exported, out, ("saved_model",))

    assert sorted(path.name for path in (out / "saved_model").iterdir()) == ["7", "8", "9"]
    assert manifest["saved_model"]["version"] == 9
    assert [each["version"] for each in manifest["saved_model"]["earlier"]] == [8]
    assert "tflite" in manifest


def test_the_manifest_describes_the_versions_that_are_there_and_their_run(source, tmp_path):
    exported, out = source("ae-transpose"), tmp_path / "out"
    for number in (3, None, 2):
        manifest = write_artefacts(exported, out, ("saved_model",), version=number)
        if number is None:  # an operator removes the newest
            shutil.rmtree(out / "saved_model" / "4")

    sections = [manifest["saved_model"], *manifest["saved_model"]["earlier"]]
    assert [section["version"] for section in sections] == [2, 3]
    model = (exported.run.path / "model.keras").read_bytes()
    for section in sections:
        assert section["run"]["sha256"] == hashlib.sha256(model).hexdigest()
        for file in section["files"]:
            content = (out / file["path"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == file["sha256"]


def test_a_model_replaced_while_it_is_loaded_is_loaded_again(source, used, monkeypatch):
    run, load = source("gan").run, Run.model
    later = (used("gan", gently=True, latent_dim=7) / "model.keras").read_bytes()

    def replaced(self):
        model = load(self)
        self.model_file.write_bytes(later)
        return model

    monkeypatch.setattr(Run, "model", replaced)

    found = Source.from_run(run)

    assert found.model.latent_dim == 7
    assert found.sha256 == hashlib.sha256(later).hexdigest()


def test_the_manifest_names_the_model_that_was_loaded(source, tmp_path):
    run = source("gan").run
    loaded = hashlib.sha256(run.model_file.read_bytes()).hexdigest()
    exported = Source.from_run(run)
    run.model_file.write_bytes(b"a later checkpoint")
    run.config_file.write_text("{}")

    manifest = write_artefacts(exported, tmp_path / "out", ("tflite",))

    assert manifest["tflite"]["run"]["sha256"] == loaded
    assert manifest["tflite"]["run"]["model"] == "gan"


def test_the_metadata_file_identifies_each_tflite_file(source, tmp_path):
    out = tmp_path / "out"
    write_artefacts(source("ae-transpose"), out, ("tflite",))

    metadata = json.loads((out / "tflite" / "ae-transpose.json").read_text())

    assert set(metadata["files"]) == set(metadata["sha256"]) == {"float32", "float16", "int8"}
    for kind, name in metadata["files"].items():
        content = (out / "tflite" / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == metadata["sha256"][kind]


def test_a_served_seed_generates_the_cover_of_zoo_sample(source, tmp_path):
    from PIL import Image

    from coverzoo.export.saved_model import Session
    from coverzoo.images import to_bytes

    exported = source("gan", True)
    write_artefacts(exported, tmp_path / "out", ("saved_model",))
    session = Session(tmp_path / "out/saved_model/1")
    audio = exported.examples.values["audio"][:2]

    inputs = {"seeds": np.array([5, -3]), "audio": audio, "strength": np.ones(2, np.float32)}
    outputs = session.run("sample_seeded_audio", inputs)
    png_only = session.run("sample_seeded_audio_png", inputs)
    session.close()

    z = np.concatenate([noise.normal(seed, [0], exported.model.latent_dim) for seed in (5, -3)])
    expected = to_bytes(exported.model.generate(z, audio))
    assert np.abs(outputs["image_uint8"].astype(int) - expected).max() <= 1
    assert set(png_only) == {"image_bytes", "typicality"}
    for found in (outputs, png_only):
        np.testing.assert_allclose(found["typicality"], exported.model.typicality(audio), atol=0.01)
    np.testing.assert_array_equal(png_only["image_bytes"], outputs["image_bytes"])
    for png, pixels in zip(outputs["image_bytes"], outputs["image_uint8"], strict=True):
        (tmp_path / "cover.png").write_bytes(png)
        with Image.open(tmp_path / "cover.png") as image:
            np.testing.assert_array_equal(np.asarray(image), pixels)


def test_a_generator_with_noise_in_film_and_detail_is_exported_and_agrees(source, tmp_path, caplog):
    exported = source("gan", True, upsampling="bilinear", film_noise=True, finest_channels=3)

    manifest = write_artefacts(exported, tmp_path / "out", BOTH)

    for kind in BOTH:
        records = manifest[kind]["parity"]["float32"]
        assert any(record["signature"].startswith("sample_audio") for record in records)
        assert all(record["max_difference"] < 1e-4 for record in records)
    # Bilinear doubling has gradients of its own, of which TensorFlow would warn.
    caplog.clear()
    tf.saved_model.load(str(tmp_path / "out" / "saved_model" / "1"))
    assert [record.getMessage() for record in caplog.records] == []
