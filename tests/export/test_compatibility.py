"""A new version of a SavedModel must accept the requests of the highest version that is there."""

import pytest

from coverzoo.errors import UserError
from coverzoo.export.cli import main as zoo_export
from coverzoo.export.exporter import write_artefacts


def versions(out):
    return sorted(path.name for path in (out / "saved_model").iterdir())


def test_the_same_signatures_are_accepted_also_beside_folders_that_are_no_savedmodel(
    source, tmp_path
):
    out = tmp_path / "out"
    write_artefacts(source("gan"), out, ("saved_model",))
    (out / "saved_model" / "9").mkdir()

    write_artefacts(source("gan"), out, ("saved_model",))

    assert versions(out) == ["1", "10", "9"]


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({"image_size": 64}, "1 has an image size of 32, this model 64, and its clients would"),
        (
            {"latent_dim": 6},
            "1 has the signature sample with inputs z float32 (-1, 5), this model with "
            "z float32 (-1, 6), and its clients would fail",
        ),
        (
            {"condition_dropout": 0.0},
            "1 has the signature sample, which this model lacks, and its clients would fail",
        ),
    ],
)
def test_another_image_size_or_other_inputs_are_refused(source, tmp_path, changes, difference):
    out = tmp_path / "out"
    write_artefacts(source("gan", True), out, ("saved_model",))
    before = (out / "manifest.json").read_text()

    with pytest.raises(UserError) as refusal:
        write_artefacts(source("gan", True, **changes), out, ("saved_model", "tflite"))

    line = str(refusal.value)
    assert difference in line
    assert line.startswith(f"--out: {out / 'saved_model' / '1'}")
    assert "--allow-signature-change" in line
    assert versions(out) == ["1"]
    assert (out / "manifest.json").read_text() == before
    assert not (out / "tflite").exists()


def test_a_change_is_published_where_it_is_allowed_and_is_then_the_one_compared(
    call, source, tmp_path
):
    out = tmp_path / "out"
    write_artefacts(source("gan"), out, ("saved_model",))
    changed = source("gan", latent_dim=6)
    options = (changed.run.path, "--out", out, "--format", "saved-model")

    refused = call(zoo_export, *options)
    allowed = call(zoo_export, *options, "--allow-signature-change")
    again = call(zoo_export, *options)

    assert (refused.exit_code, allowed.exit_code, again.exit_code) == (1, 0, 0), allowed.output
    assert "--allow-signature-change" in refused.stderr
    assert versions(out) == ["1", "2", "3"]


def test_a_savedmodel_without_the_latest_signatures_is_no_obstacle(source, tmp_path, monkeypatch):
    from coverzoo.export import exporter

    exported, out = source("gan"), tmp_path / "out"

    def older(model):
        found = all_signatures(model)
        return {name: each for name, each in found.items() if not name.endswith("_png")}

    all_signatures = exporter.served_signatures
    with monkeypatch.context() as patch:
        patch.setattr(exporter, "served_signatures", older)
        patch.setattr(exporter, "seeded_parity", lambda *_: [])
        write_artefacts(exported, out, ("saved_model",))

    manifest = write_artefacts(exported, out, ("saved_model",))

    assert "sample_seeded_png" in manifest["saved_model"]["signatures"]
    assert "sample_seeded_png" not in manifest["saved_model"]["earlier"][0]["signatures"]


def test_a_version_that_cannot_be_read_is_named(source, tmp_path):
    broken = tmp_path / "out" / "saved_model" / "4"
    broken.mkdir(parents=True)
    (broken / "saved_model.pb").write_bytes(b"\xff\xffdamaged")

    with pytest.raises(UserError, match=r"4: cannot be read to compare signatures .* Remove it"):
        write_artefacts(source("gan"), tmp_path / "out", ("saved_model",))
