"""`export`: every kind of model as SavedModel and TFLite, each as near as it must be."""

import hashlib
import json
import shutil

import numpy as np
import pytest

from coverzoo.export import exporter as writing
from coverzoo.export import tflite
from coverzoo.zoo import noise, registry

KINDS = [
    pytest.param(model, audio, id=f"{model}{'-audio' if audio else ''}")
    for model, entry in registry.MODELS.items()
    if model not in ("lsgan", "wgan-gp")  # what is left of them to use is what is left of gan
    for audio in (False, True)[: 1 + entry.audio]
]
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


def silent(line):
    pass


@pytest.mark.parametrize(("model", "audio"), KINDS)
def test_every_kind_is_exported_and_agrees(source, model, audio, tmp_path):
    exported, out = source(model, audio), tmp_path / "out"

    told = writing.export(exported, out, writing.FORMATS, silent)

    assert json.loads((out / "manifest.json").read_text()) == told
    offered = OFFERED[exported.name]
    served = {
        *offered,
        "serving_default",
        *(FROM_SEEDS[name] for name in offered & set(FROM_SEEDS)),
        *(f"{name}_bytes" for name in offered & FROM_FILES),
    }
    assert set(told["saved_model"]["signatures"]) == served
    assert set(told["tflite"]["signatures"]) == {f"{name}_{n}" for name in offered for n in (1, 4)}
    assert set(told["tflite"]["parity"]) == {"float32", "float16", "int8"}
    for each in told["tflite"]["parity"].values():
        assert {record["signature"] for record in each} == set(told["tflite"]["signatures"])
        heard = {record["signature"] for record in each if "spread" in record}
        assert heard == ({"sample_audio_1", "sample_audio_4"} if audio else set())
    for section in ("saved_model", "tflite"):
        for file in told[section]["files"]:
            assert (out / file["path"]).stat().st_size == file["bytes"]
    assert not (out / ".partial").exists()


def test_a_batch_axis_everywhere_and_files_of_builtins_only(source, tmp_path):
    told = writing.export(source("gan", True), tmp_path / "out", ("tflite",), silent)

    for name, signature in told["tflite"]["signatures"].items():
        rows = int(name[-1])
        for tensor in (*signature["inputs"].values(), *signature["outputs"].values()):
            assert tensor["shape"][0] == rows
            assert tensor["type"] == "float32"
    for file in (tmp_path / "out" / "tflite").glob("*.tflite"):
        assert not any(name.startswith("FLEX") for name in tflite.operations(file.read_bytes()))


def test_versions_count_up_and_another_format_stays_told(source, tmp_path):
    exported, out = source("gan"), tmp_path / "out"
    (out / "saved_model" / "7").mkdir(parents=True)

    writing.export(exported, out, ("saved_model",), silent)
    writing.export(exported, out, ("tflite",), silent)
    told = writing.export(exported, out, ("saved_model",), silent)

    assert sorted(path.name for path in (out / "saved_model").iterdir()) == ["7", "8", "9"]
    assert told["saved_model"]["version"] == 9
    assert [each["version"] for each in told["saved_model"]["earlier"]] == [8]
    assert "tflite" in told


def test_the_manifest_tells_what_is_there_and_of_which_run(source, tmp_path):
    exported, out = source("gan"), tmp_path / "out"
    for number in (3, None, 2):
        told = writing.export(exported, out, ("saved_model",), silent, number)
        if number is None:  # an operator takes the newest away
            shutil.rmtree(out / "saved_model" / "4")

    sections = [told["saved_model"], *told["saved_model"]["earlier"]]
    assert [section["version"] for section in sections] == [2, 3]
    model = (exported.run.path / "model.keras").read_bytes()
    for section in sections:
        assert section["run"]["sha256"] == hashlib.sha256(model).hexdigest()
        for file in section["files"]:
            content = (out / file["path"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == file["sha256"]


def test_the_card_tells_its_files_apart(source, tmp_path):
    out = tmp_path / "out"
    writing.export(source("gan"), out, ("tflite",), silent)

    card = json.loads((out / "tflite" / "gan.json").read_text())

    assert set(card["files"]) == set(card["sha256"]) == {"float32", "float16", "int8"}
    for kind, name in card["files"].items():
        content = (out / "tflite" / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == card["sha256"][kind]


def test_a_warm_up_request_for_every_signature(source, tmp_path):
    import tensorflow as tf
    from tensorflow_serving.apis import prediction_log_pb2

    told = writing.export(source("vae", True), tmp_path / "out", ("saved_model",), silent)

    file = tmp_path / "out/saved_model/1/assets.extra/tf_serving_warmup_requests"
    requests = [
        prediction_log_pb2.PredictionLog.FromString(record.numpy()).predict_log.request
        for record in tf.data.TFRecordDataset(str(file))
    ]
    asked = {request.model_spec.signature_name: set(request.inputs) for request in requests}
    table = told["saved_model"]["signatures"]
    assert asked == {
        name: set(table[name]["inputs"]) for name in table if name != "serving_default"
    }


def test_a_served_seed_is_the_seed_of_zoo_sample(source, tmp_path):
    from PIL import Image

    from coverzoo.export.saved_model import Session
    from coverzoo.images import to_bytes

    exported = source("gan", True)
    writing.export(exported, tmp_path / "out", ("saved_model",), silent)
    session = Session(tmp_path / "out/saved_model/1")
    audio = exported.examples.values["audio"][:2]

    made = session.run(
        "sample_seeded_audio",
        {"seeds": np.array([5, -3]), "audio": audio, "strength": np.ones(2, np.float32)},
    )
    session.close()

    z = np.concatenate([noise.normal(seed, [0], exported.model.latent_dim) for seed in (5, -3)])
    expected = to_bytes(exported.model.generate(z, audio))
    assert np.abs(made["image_uint8"].astype(int) - expected).max() <= 1
    for png, pixels in zip(made["image_bytes"], made["image_uint8"], strict=True):
        (tmp_path / "cover.png").write_bytes(png)
        with Image.open(tmp_path / "cover.png") as image:
            np.testing.assert_array_equal(np.asarray(image), pixels)
